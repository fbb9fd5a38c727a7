"""moto's server with the CloudFormation types that it lacks and our templates use.

Writes one JSON line with its port once it listens, and ends when its standard input does, so that it
never outlives the test that started it, however that test ended.

What it stands in for is listed in docs/emulators.md.
"""

import json
import os
import secrets
import string
import sys
import threading
import warnings

from moto.autoscaling.models import FakeAutoScalingGroup, autoscaling_backends
from moto.awslambda.models import lambda_backends
from moto.cloudformation import parsing
from moto.cloudformation.models import ChangeSet, CloudFormationBackend
from moto.core.common_models import CloudFormationModel
from moto.ec2.models import ec2_backends
from moto.ec2.models.internet_gateways import InternetGateway
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.vpcs import VPCEndPoint
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.scheduler.models import scheduler_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sqs.models import Queue
from werkzeug.serving import WSGIRequestHandler, make_server


class Typed:
    """What moto asks each model: its type, and the property that names it, if one does."""

    NAME = ""

    @classmethod
    def cloudformation_name_type(cls):
        return cls.NAME

    @classmethod
    def cloudformation_type(cls):
        return cls.TYPE


class Described(Typed, CloudFormationModel):
    """A resource as CloudFormation sees it: an id to refer to, and attributes."""

    # moto's metaclass takes the second part of a model's module for its service.
    __module__ = "moto.cloudformation"
    TYPE = "RunnerScaler::Described"

    def __init__(self, physical_resource_id, attributes):
        self.physical_resource_id = physical_resource_id
        self.attributes = attributes

    @classmethod
    def has_cfn_attr(cls, attr):
        return True

    def get_cfn_attribute(self, attribute_name):
        return self.attributes[attribute_name]


class Secret(Typed, CloudFormationModel):
    __module__ = "moto.secretsmanager"
    TYPE = "AWS::SecretsManager::Secret"
    NAME = "Name"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name, cloudformation_json, account_id, region_name, **kwargs
    ):
        properties = cloudformation_json["Properties"]
        backend = secretsmanager_backends[account_id][region_name]
        made = backend.create_secret(
            name=resource_name,
            secret_string=properties.get("SecretString", generated(properties)),
            secret_binary=None,
            description=properties.get("Description"),
            tags=properties.get("Tags", []),
            kms_key_id=properties.get("KmsKeyId"),
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )
        arn = made["ARN"] if isinstance(made, dict) else json.loads(made)["ARN"]
        return Described(arn, {"Id": arn})


def generated(properties):
    """The value that a secret makes for itself, of letters and digits."""
    asked = properties.get("GenerateSecretString")
    if asked is None:
        return None
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(int(asked["PasswordLength"])))


class Schedule(Typed, CloudFormationModel):
    __module__ = "moto.scheduler"
    TYPE = "AWS::Scheduler::Schedule"
    NAME = "Name"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name, cloudformation_json, account_id, region_name, **kwargs
    ):
        properties = cloudformation_json["Properties"]
        made = scheduler_backends[account_id][region_name].create_schedule(
            description=properties.get("Description"),
            end_date=properties.get("EndDate"),
            flexible_time_window=properties["FlexibleTimeWindow"],
            group_name=properties.get("GroupName"),
            kms_key_arn=properties.get("KmsKeyArn"),
            name=resource_name,
            schedule_expression=properties["ScheduleExpression"],
            schedule_expression_timezone=properties.get("ScheduleExpressionTimezone"),
            start_date=properties.get("StartDate"),
            state=properties.get("State", "ENABLED"),
            target=properties["Target"],
            action_after_completion=None,
        )
        return Described(resource_name, {"Arn": made.arn})


class EventInvokeConfig(Typed, CloudFormationModel):
    __module__ = "moto.awslambda"
    TYPE = "AWS::Lambda::EventInvokeConfig"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name, cloudformation_json, account_id, region_name, **kwargs
    ):
        properties = dict(cloudformation_json["Properties"])
        function = properties.pop("FunctionName")
        properties.pop("Qualifier", None)
        lambda_backends[account_id][region_name].put_function_event_invoke_config(
            function,
            {key: int(value) if str(value).isdigit() else value for key, value in properties.items()},
        )
        return Described(resource_name, {})


class FunctionUrl(Typed, CloudFormationModel):
    __module__ = "moto.awslambda"
    TYPE = "AWS::Lambda::Url"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name, cloudformation_json, account_id, region_name, **kwargs
    ):
        properties = cloudformation_json["Properties"]
        function = properties["TargetFunctionArn"]
        made = lambda_backends[account_id][region_name].create_function_url_config(
            function, {"AuthType": properties["AuthType"]}
        )
        # No name of AWS's own: a program that calls it must reach nobody.
        made.url = made.url.replace(".on.aws", ".on.aws.invalid")
        return Described(function, {"FunctionUrl": f"{made.url}/", "FunctionArn": function})


def keep_outputs_of_change_sets():
    """moto forgets the outputs of a stack that a change set makes, which is how the CDK makes each."""
    apply = ChangeSet.apply

    def apply_with_outputs(change_set):
        apply(change_set)
        stack = change_set.stack
        stack.template = change_set.template
        stack.template_dict = change_set.template_dict
        stack.output_map = stack._create_output_map()

    ChangeSet.apply = apply_with_outputs


def delete_networks_with_their_stack():
    """moto makes a stack's way out of its network, leaves it there, and then cannot delete the network."""

    def delete_route_table(backend, route_table_id):
        backend.route_tables.pop(route_table_id, None)

    def delete_gateway(backend, gateway_id):
        backend.internet_gateways.pop(gateway_id, None)

    def delete_endpoint(backend, endpoint_id):
        backend.vpc_end_points.pop(endpoint_id, None)

    def delete_by(delete):
        def delete_from_cloudformation_json(
            cls, resource_name, cloudformation_json, account_id, region_name
        ):
            delete(ec2_backends[account_id][region_name], resource_name)

        return classmethod(delete_from_cloudformation_json)

    RouteTable.delete_from_cloudformation_json = delete_by(delete_route_table)
    InternetGateway.delete_from_cloudformation_json = delete_by(delete_gateway)
    VPCEndPoint.delete_from_cloudformation_json = delete_by(delete_endpoint)


def keep_stacks_whose_groups_have_machines():
    """moto deletes a group with all that runs in it. CloudFormation takes its sizes to 0 and waits for its
    machines, in vain where they are protected from scale-in; here it does not wait."""
    delete = CloudFormationBackend.delete_stack

    def delete_stack(self, name_or_stack_id):
        for stack in list(self.stacks.values()):
            if name_or_stack_id not in (stack.stack_id, stack.name):
                continue
            left = groups_with_machines(stack)
            if left:
                reason = f"The following resource(s) failed to delete: [{', '.join(left)}]."
                stack.status = "DELETE_FAILED"
                stack.status_reason = reason
                stack._add_stack_event("DELETE_FAILED", resource_status_reason=reason)
                return
        delete(self, name_or_stack_id)

    def groups_with_machines(stack):
        backend = autoscaling_backends[stack.account_id][stack.region_name]
        left = []
        for resource in stack.resource_map.values():
            name = getattr(resource, "name", None)
            if not isinstance(resource, FakeAutoScalingGroup):
                continue
            group = backend.autoscaling_groups.get(name)
            if group is None:
                continue
            group.min_size = group.max_size = 0
            backend.set_desired_capacity(name, 0)
            if group.instance_states:
                left.append(name)
        return left

    CloudFormationBackend.delete_stack = delete_stack


def stand_in_for_unknown_types():
    """Any other type that moto lacks becomes a name without a service behind it, and says so."""
    known = parsing.resource_class_from_type

    def resource_class(resource_type):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = known(resource_type)
        if found is not None or not resource_type.startswith("AWS::"):
            return found
        if resource_type in parsing.NULL_MODELS:
            return None
        print(json.dumps({"standsInFor": resource_type}), flush=True)
        return stand_in(resource_type)

    parsing.resource_class_from_type = resource_class


def leave_messages_in_their_queue():
    """moto would run the function of a mapping itself, in Docker: the test takes the messages instead."""
    Queue.lambda_event_source_mappings = property(lambda queue: {}, lambda queue, mappings: None)


def stand_in(resource_type):
    class StandIn(Described):
        __module__ = "moto.cloudformation"

        @classmethod
        def create_from_cloudformation_json(
            cls, resource_name, cloudformation_json, account_id, region_name, **kwargs
        ):
            service = resource_type.split("::")[1].lower()
            arn = f"arn:aws:{service}:{region_name}:{account_id}:{resource_name}"
            return cls(resource_name, StandInAttributes(arn))

    return StandIn


class StandInAttributes(dict):
    """Every attribute has a value: the ARN, or a name made of it."""

    def __init__(self, arn):
        super().__init__()
        self.arn = arn

    def __missing__(self, name):
        return self.arn if name.lower().endswith("arn") else f"{self.arn}/{name}"


class Quiet(WSGIRequestHandler):
    def log(self, type, message, *args):
        if type == "error":
            super().log(type, message, *args)


def tell_needless_types():
    """A newer moto may know a type by itself; ours would hide it."""
    types = [model.cloudformation_type() for model in parsing.get_model_list()]
    for model in (Secret, Schedule, EventInvokeConfig, FunctionUrl):
        if types.count(model.cloudformation_type()) > 1:
            print(json.dumps({"needless": model.cloudformation_type()}), flush=True)


def main():
    tell_needless_types()
    keep_outputs_of_change_sets()
    delete_networks_with_their_stack()
    keep_stacks_whose_groups_have_machines()
    leave_messages_in_their_queue()
    stand_in_for_unknown_types()
    server = make_server(
        "127.0.0.1",
        0,
        DomainDispatcherApplication(create_backend_app),
        threaded=True,
        request_handler=Quiet,
    )
    os.environ["MOTO_PORT"] = str(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": server.server_port}), flush=True)
    sys.stdin.read()
    os._exit(0)


main()
