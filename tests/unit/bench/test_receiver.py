"""The receiver that counts."""

import gzip
from urllib.request import Request, urlopen

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from bench.receiver import SCOPE, Receiver


def _request(**records_by_scope):
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    for scope, count in records_by_scope.items():
        logs = resource.scope_logs.add()
        logs.scope.name = scope
        for _ in range(count):
            logs.log_records.add().body.string_value = "x"
    return request.SerializeToString()


@pytest.mark.parametrize("compressed", [False, True])
def test_only_the_records_of_the_bench_are_counted(compressed):
    """What telemetry says about itself is no record of the bench."""
    body = _request(**{SCOPE: 3, "opentelemetry.sdk": 2})
    headers = {"Content-Encoding": "gzip"} if compressed else {}
    with Receiver() as receiver:
        for path in ("/v1/logs", "/v1/metrics"):
            request = Request(
                receiver.endpoint + path, gzip.compress(body) if compressed else body, headers
            )
            assert urlopen(request).status == 200

        assert receiver.wait_for(3, timeout=30)
        assert receiver.count == 3
        assert not receiver.wait_for(4, timeout=0.01)
