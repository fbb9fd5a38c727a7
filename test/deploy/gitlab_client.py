"""python-gitlab, as somebody else's client of GitLab, and a real parser of GraphQL.

Arguments: URL, token, group, and a query. One JSON object on standard output: what the clients read.
"""

import json
import sys

import gitlab

url, token, group, query = sys.argv[1:]
client = gitlab.Gitlab(url, private_token=token, retry_transient_errors=False)

projects = client.groups.get(group, lazy=True).projects.list(
    include_subgroups=True, archived=False, order_by="id", sort="asc", per_page=2, iterator=True
)
pending = {}
for project in projects:
    jobs = client.projects.get(project.id, lazy=True).jobs.list(
        scope=["pending"], pagination="keyset", order_by="id", sort="desc", per_page=3, iterator=True
    )
    pending[project.path_with_namespace] = [job.tag_list for job in jobs]

with gitlab.GraphQL(url, token=token) as graphql:
    counts = graphql.execute(query)


def refused(act):
    try:
        act()
    except gitlab.exceptions.GitlabError as error:
        return error.response_code
    return None


stranger = gitlab.Gitlab(url, private_token="glpat-of-nobody")
refusals = {
    "another token": refused(lambda: stranger.projects.get(1, lazy=True).jobs.list(get_all=False)),
    "no such project": refused(lambda: client.projects.get(99, lazy=True).jobs.list(get_all=False)),
    "no such scope": refused(
        lambda: client.projects.get(1, lazy=True).jobs.list(scope=["asleep"], get_all=False)
    ),
}

print(json.dumps({"pending": pending, "counts": counts, "refusals": refusals}))
