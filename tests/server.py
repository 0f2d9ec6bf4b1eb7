"""`countenance serve` as a process: started on a free port, watched, killed, asked how it is."""

import configparser
import http.client
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import boto3
import botocore.config
import botocore.credentials

import shape

TOP = pathlib.Path(__file__).resolve().parent.parent
BINARY = pathlib.Path(os.environ.get("COUNTENANCE_BINARY", TOP / "build/countenance")).resolve()
START_SECONDS = 60
REGION = "us-east-1"
MEBIBYTE = 1 << 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def countenance(*arguments, timeout=120, **options):
    """The finished process of one command."""
    return subprocess.run([BINARY, *map(str, arguments)], text=True, capture_output=True, timeout=timeout,
                          stdin=subprocess.DEVNULL, **options)


class Server:
    """One server; its data folder outlives it, so that another start goes on with the same data."""

    def __init__(self, folder, *options, screening="[screening]\nlists = none\n"):
        self.screening = screening  # DIR/screening.ini; None: there is no such file
        self.data, self.log = folder / "data", folder / "server.log"
        self.options = options
        self.port = free_port()
        self.process = None

    @property
    def host(self):
        return f"127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"http://{self.host}"

    def start(self):
        self.data.mkdir(mode=0o700, exist_ok=True)
        rules = self.data / "screening.ini"
        if self.screening is not None and not rules.exists():
            rules.write_text(self.screening)
        self.output = self.log.with_suffix(".out")
        command = [BINARY, "serve", "--data", self.data, "--listen", self.host, *self.options]
        with open(self.output, "wb") as output, open(self.log, "ab") as log:
            self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=log)
        self.wait_until_ready()
        return self

    def wait_until_ready(self):
        end = time.monotonic() + START_SECONDS
        while not self.healthy():
            assert self.process.poll() is None, f"the server ended by itself:\n{self.log.read_text()[-3000:]}"
            assert time.monotonic() < end, f"not ready in {START_SECONDS} s:\n{self.log.read_text()[-3000:]}"
            time.sleep(0.02)

    def healthy(self):
        try:
            return self.get("/healthz", timeout=10)[0] == 200
        except OSError:
            return False

    def get(self, path, timeout=30):
        """Status, headers and body of a plain GET."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read()
        finally:
            connection.close()

    def stop(self, timeout=60):
        """Asks it to end; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def kill(self):
        self.process.kill()
        self.process.wait(30)

    def memory(self, row="VmRSS"):
        """Bytes of memory it takes now; "VmHWM": at most since its start."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{row}:\s+(\d+) kB$", status, re.M)[1]) * 1024

    def reset_peak(self):
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    @property
    def credentials(self):
        parser = configparser.ConfigParser()
        parser.read(self.data / "credentials")
        return botocore.credentials.Credentials(parser["default"]["aws_access_key_id"],
                                                parser["default"]["aws_secret_access_key"])

    def client(self, attempts=1, connections=10):
        """A boto3 client all of whose replies are held against the service model, to the letter."""
        config = botocore.config.Config(retries={"mode": "standard", "total_max_attempts": attempts},
                                        max_pool_connections=connections, read_timeout=120, proxies={})
        session = boto3.Session(aws_access_key_id=self.credentials.access_key,
                                aws_secret_access_key=self.credentials.secret_key, region_name=REGION)
        client = session.client("rekognition", endpoint_url=self.url, config=config)
        client.meta.events.register("response-received.rekognition", check_reply)
        return client

    def environment(self):
        """For programs that find endpoint and keys in their environment, as the AWS tools do."""
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("AWS_") and not name.lower().endswith("_proxy")}
        return dict(kept, AWS_SHARED_CREDENTIALS_FILE=str(self.data / "credentials"), AWS_CONFIG_FILE="/dev/null",
                    AWS_DEFAULT_REGION=REGION, AWS_ENDPOINT_URL_REKOGNITION=self.url, AWS_PAGER="",
                    AWS_EC2_METADATA_DISABLED="true")


def check_reply(response_dict, event_name, **_):
    if response_dict is not None:
        operation = event_name.rsplit(".", 1)[1]
        shape.check_reply(operation, response_dict["status_code"], response_dict["headers"], response_dict["body"])
