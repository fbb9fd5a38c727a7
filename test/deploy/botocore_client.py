"""botocore as a client that is driven line by line.

One JSON request per line of standard input: endpoint, service, operation, input. One JSON answer per
line of standard output: the output, or the error's code, message and HTTP status.
"""

import datetime
import json
import sys

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from botocore import xform_name

session = botocore.session.get_session()
clients = {}


def client_of(service, endpoint):
    key = (service, endpoint)
    if key not in clients:
        clients[key] = session.create_client(
            service,
            region_name="us-east-1",
            endpoint_url=endpoint,
            aws_access_key_id="AKIABOTOCORE",
            aws_secret_access_key="not-a-secret",
            # The service is to refuse what is wrong, not the client; and it is asked once.
            config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        )
    return clients[key]


def answer(request):
    client = client_of(request["service"], request["endpoint"])
    try:
        output = getattr(client, xform_name(request["operation"]))(**request["input"])
    except ClientError as error:
        response = error.response
        status = response["ResponseMetadata"]["HTTPStatusCode"]
        code = response["Error"]["Code"]
        return {
            "status": status,
            # What botocore makes of an answer that is not JSON.
            "code": "unreadable" if code == str(status) else code,
            "message": response["Error"].get("Message", ""),
        }
    except ResponseParserError:
        return {"status": 500, "code": "unreadable", "message": ""}
    metadata = output.pop("ResponseMetadata")
    return {"status": metadata["HTTPStatusCode"], "output": output}


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    raise TypeError(type(value))


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line)), default=plain), flush=True)
