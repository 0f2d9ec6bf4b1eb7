"""A small S3-compatible source: path style, versions, every request's signature checked by botocore; and what a
source may do wrong, by name."""

import collections
import hmac
import http.server
import ssl
import threading
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials

REGION = "eu-west-1"
ACCESS_KEY, SECRET_KEY, TOKEN = "AKIDSOURCE0EXAMPLE00", "a/secret+of=the/source", "IQoJ//token+of=the/source"
SETTINGS = f"""[s3]
endpoint = %s
region = {REGION}
access_key_id = {ACCESS_KEY}
secret_access_key = {SECRET_KEY}
buckets = photos, missing-bucket
"""


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Connections that Countenance ends are what the tests are about."""


class Source:
    """Listens on a free port. `objects` maps bucket and key to versions, the newest last; `odd` maps a key to a
    function that writes the reply to the request handler it is given."""

    def __init__(self, certificate=None, token=None):
        self.token = token
        self.objects = collections.defaultdict(dict)
        self.odd = {}
        self.requests = []  # (address of the connection, path, status)
        self.server = Listener(("127.0.0.1", 0), Handler)
        self.server.source = self
        self.scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.server.server_port}"

    def settings(self, *lines):
        return "\n".join((SETTINGS % self.url, *lines)) + "\n"

    def put(self, key, data, version="null", bucket="photos"):
        """Returns the member Image that names it."""
        self.objects[bucket, key][version] = data
        return named(key, bucket)

    def misbehave(self, key, write):
        self.odd[key] = write
        return named(key)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def named(key, bucket="photos", **version):
    return {"S3Object": {"Bucket": bucket, "Name": key, **version}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def log_request(self, code="-", size="-"):
        self.server.source.requests.append((self.client_address, self.path, int(code)))

    def reply(self, status, body, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def is_signed(self):
        """Whether the signature is one of the key, over host, date, token, path and query."""
        authorization = self.headers.get("Authorization", "")
        names = authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        if not {"host", "x-amz-content-sha256", "x-amz-date"} <= set(names):
            return False
        if self.headers.get("x-amz-security-token") != self.server.source.token or (
                self.server.source.token and "x-amz-security-token" not in names):
            return False
        headers = {name: self.headers[name] for name in names}
        request = botocore.awsrequest.AWSRequest("GET", f"http://{self.headers['Host']}{self.path}", headers)
        request.context["timestamp"] = self.headers["x-amz-date"]
        signer = botocore.auth.S3SigV4Auth(botocore.credentials.Credentials(ACCESS_KEY, SECRET_KEY), "s3", REGION)
        signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
        return (f"Credential={ACCESS_KEY}/" in authorization and
                hmac.compare_digest(authorization.rpartition("Signature=")[2], signature))

    def do_GET(self):
        path, _, query = self.path.partition("?")
        bucket, _, key = map(urllib.parse.unquote, path.removeprefix("/").partition("/"))
        versions = self.server.source.objects.get((bucket, key))
        version = dict(urllib.parse.parse_qsl(query)).get("versionId")
        if not self.is_signed():
            self.reply(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        elif key in self.server.source.odd:
            self.server.source.odd[key](self)
        elif not versions or version and version not in versions:
            self.reply(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self.reply(200, versions[version] if version else list(versions.values())[-1])
