"""Requests by hand: signed like botocore's, but with every part open to change."""

import base64
import datetime
import http.client
import json
import socket

import botocore.auth
import botocore.awsrequest

import shape
from server import REGION

CONTENT_TYPE = "application/x-amz-json-1.1"
TARGET = "RekognitionService."
EXTENSION = "Countenance."  # operations that are ours have their target as their name


class Signer(botocore.auth.SigV4Auth):
    """SigV4 at another time than now, and with other names of the signed headers when asked."""

    def __init__(self, credentials, service, region, skew=0):
        super().__init__(credentials, service, region)
        self.skew = datetime.timedelta(seconds=skew)

    def add_auth(self, request):
        moment = datetime.datetime.now(datetime.timezone.utc) + self.skew
        request.context["timestamp"] = moment.strftime(botocore.auth.SIGV4_TIMESTAMP)
        self._modify_request_before_signing(request)
        text = self.string_to_sign(request, self.canonical_request(request))
        self._inject_signature_to_request(request, self.signature(text, request))


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return shape.load(self.body)

    @property
    def type(self):
        """Of the error; None on success."""
        return self.json.get("__type")

    @property
    def message(self):
        return self.json.get("Message", self.json.get("message"))

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


def encode(body):
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def blob(data):
    return base64.b64encode(data).decode()


def image(data):
    """The member Image."""
    return {"Bytes": blob(data)}


def sign(server, operation, body, headers=None, credentials=None, service="rekognition", region=REGION, skew=0,
         path="/", method="POST"):
    """The headers of a signed request; `headers` are signed too."""
    target = operation if operation.startswith(EXTENSION) else TARGET + operation
    all_headers = {"Content-Type": CONTENT_TYPE, "X-Amz-Target": target, **(headers or {})}
    request = botocore.awsrequest.AWSRequest(method, server.url + path, all_headers, encode(body))
    Signer(credentials or server.credentials, service, region, skew).add_auth(request)
    return dict(request.headers.items())


def send(server, headers, body, method="POST", path="/", timeout=60):
    """Sends what is given, on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout)
    try:
        connection.request(method, path, encode(body), headers)
        reply = connection.getresponse()
        return Reply(reply.status, reply.headers, reply.read())
    finally:
        connection.close()


def call(server, operation, body, **options):
    """A signed call. Its reply is held against the model when the operation is one of ours."""
    body = encode(body)
    reply = send(server, sign(server, operation, body, **options), body)
    if operation in shape.OFFERED:
        shape.check_reply(operation, reply.status, reply.headers, reply.body)
    return reply


def head(headers, length, method="POST", path="/", host=None):
    """Request line and headers as bytes, for a socket."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"] if host else [f"{method} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()] + [f"Content-Length: {length}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def connect(server, timeout=30):
    return socket.create_connection(("127.0.0.1", server.port), timeout)


def read_reply(connection):
    """The next reply on a socket, interim ones (100) passed over."""
    reply = http.client.HTTPResponse(connection)
    reply.begin()
    return Reply(reply.status, reply.headers, reply.read())
