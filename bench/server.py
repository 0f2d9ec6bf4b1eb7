"""A server of our own for the benchmarks, and clients that add as little as they can."""

import concurrent.futures
import configparser
import http.client
import json
import pathlib
import re
import subprocess
import tempfile
import time

import botocore.auth
import botocore.awsrequest
import botocore.credentials


class Server:
    """folder: a data folder that stays; without it one of its own, which goes with it."""

    def __init__(self, binary, workers, folder=None):
        self.own = None if folder else tempfile.TemporaryDirectory()
        self.folder = folder or self.own.name
        command = [str(binary), "serve", "--data", self.folder, "--listen", "127.0.0.1:0", "--workers", str(workers),
                   "--quiet"]
        start = time.perf_counter()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if match := re.search(r"serves at http://(\S+):(\d+)", line):
                self.host, self.port = match[1], int(match[2])
                break
        self.seconds_to_start = time.perf_counter() - start

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        if self.own:
            self.own.cleanup()

    def peak_memory_mb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024

    def request(self, operation, body):
        """A signed request: its body and headers, good for minutes and for any number of sendings."""
        keys = configparser.ConfigParser()
        keys.read(pathlib.Path(self.folder) / "credentials")
        headers = {"X-Amz-Target": f"RekognitionService.{operation}", "Content-Type": "application/x-amz-json-1.1"}
        request = botocore.awsrequest.AWSRequest("POST", f"http://{self.host}:{self.port}/", headers, json.dumps(body))
        botocore.auth.SigV4Auth(
            botocore.credentials.Credentials(keys["default"]["aws_access_key_id"],
                                             keys["default"]["aws_secret_access_key"]),
            "rekognition", "us-east-1").add_auth(request)
        return json.dumps(body), dict(request.headers)

    def client(self):
        connection = http.client.HTTPConnection(self.host, self.port)

        def send(request):
            connection.request("POST", "/", *request)
            reply = connection.getresponse()
            return reply.status, reply.read()
        return send

    def rate(self, request, clients, seconds):
        """Answers a second to so many clients at once."""
        end = time.perf_counter() + seconds

        def work():
            send, done = self.client(), 0
            while time.perf_counter() < end:
                status, body = send(request)
                assert status == 200, body
                done += 1
            return done
        with concurrent.futures.ThreadPoolExecutor(clients) as pool:
            return sum(pool.map(lambda _: work(), range(clients))) / seconds

    def burst(self, request, clients):
        """One request each of so many clients at once: counts of statuses, throttled ones, and seconds."""
        start = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(clients) as pool:
            replies = list(pool.map(lambda _: self.client()(request), range(clients)))
        throttled = [reply for reply in replies if b"ThrottlingException" in reply[1]]
        answered = [reply for reply in replies if reply[0] == 200]
        return len(answered), len(throttled), time.perf_counter() - start
