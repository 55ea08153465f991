"""The double passes on what it does not judge, byte for byte."""

import contextlib
import os
import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from botocore.awsrequest import AWSPreparedRequest

from portal.embedded.aws import RunningAws
from tests.embedded.aws_people import READ_OUT, federated, issuer, refusal, root

pytest_plugins = ["tests.embedded.aws_fixtures"]


@pytest.mark.parametrize("key", ["plain", "with space", "a//b", "é+%2F&=?", "tab\t", "ключ"])
def test_keys_of_objects_survive(aws: RunningAws, key: str) -> None:
    s3 = root(aws, "s3")
    s3.put_object(Bucket="acme-drop", Key=f"wire/{key}", Body=key.encode())
    assert s3.get_object(Bucket="acme-drop", Key=f"wire/{key}")["Body"].read() == key.encode()
    s3.delete_object(Bucket="acme-drop", Key=f"wire/{key}")


@pytest.mark.parametrize("size", [0, 1, 70_000, 5_000_000])
def test_bodies_of_every_size_survive(aws: RunningAws, size: int) -> None:
    s3, body = root(aws, "s3"), os.urandom(size)
    s3.put_object(Bucket="acme-drop", Key="wire/body", Body=body)
    assert s3.head_object(Bucket="acme-drop", Key="wire/body")["ContentLength"] == size
    assert s3.get_object(Bucket="acme-drop", Key="wire/body")["Body"].read() == body


def test_a_presigned_url_holds(aws: RunningAws) -> None:
    carol = federated(aws, "dp-WIRE000002-1")
    url = carol.generate_presigned_url("get_object", Params={"Bucket": "acme-drop", "Key": "out/report.csv"})
    assert httpx.get(url, trust_env=False).text.startswith("quarter,units")
    assert httpx.get(url.replace("Signature=", "Signature=A"), trust_env=False).status_code == 403


def test_chunks_are_passed_on_as_chunks(aws: RunningAws) -> None:
    url = root(aws, "s3").generate_presigned_url("put_object", Params={"Bucket": "acme-drop", "Key": "wire/chunks"})
    answer = httpx.put(url, content=iter([b"one ", b"two"]), trust_env=False)
    assert answer.status_code == 200
    assert root(aws, "s3").get_object(Bucket="acme-drop", Key="wire/chunks")["Body"].read() == b"one two"


def test_many_at_once_are_all_served(aws: RunningAws) -> None:
    sts = issuer(aws)
    with ThreadPoolExecutor(16) as pool:
        names = [f"dp-MANY{number:06}-1" for number in range(64)]
        minted = list(pool.map(lambda name: sts.get_federation_token(Name=name, Policy=READ_OUT), names))
    assert [m["FederatedUser"]["FederatedUserId"].partition(":")[2] for m in minted] == names
    assert len({m["Credentials"]["AccessKeyId"] for m in minted}) == 64


def rename(request: AWSPreparedRequest, **_: object) -> None:
    assert isinstance(request.body, str)
    request.body = request.body.replace("dp-WIRE000001-1", "dp-WIRE000009-1")


def test_an_altered_request_is_refused(aws: RunningAws) -> None:
    sts = issuer(aws)
    sts.meta.events.register("before-send.sts", rename)
    assert refusal(sts.get_federation_token, Name="dp-WIRE000001-1") == (403, "SignatureDoesNotMatch")


def test_sts_speaks_the_query_protocol_only(aws: RunningAws) -> None:
    credential = "Credential=AKIA0000000000000000/20260101/us-east-1/sts/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {credential}", "Content-Type": "application/x-amz-json-1.1"}
    answer = httpx.post(aws.endpoint_url, headers=headers, content=b"{}", trust_env=False)
    assert (answer.status_code, "InvalidAction" in answer.text) == (400, True)


@pytest.mark.parametrize(
    "sent",
    [b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"half a head", b"x" * 100_000],
    ids=["no target", "a negative length", "cut short", "an endless line"],
)
def test_what_is_not_http_is_hung_up_on(aws: RunningAws, sent: bytes) -> None:
    port = int(aws.endpoint_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(100) == b""
    assert issuer(aws).get_caller_identity()
