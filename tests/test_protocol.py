"""HTTP: what clients do to a server, kind and unkind."""

import email.utils
import hashlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import threading
import time

import pytest

import photos as photographs
import shape
import wire

IMAGE_BYTES_MAX = 5_242_880
BODY_MAX = 14 * 1024 * 1024 + 64 * 1024
LIST = b"{}"


@pytest.fixture
def connection(server):
    with wire.connect(server) as socket_:
        yield socket_


def request_of(server, operation="ListCollections", body=LIST):
    """Head and body of a signed request."""
    return wire.head(wire.sign(server, operation, body), len(body), host=server.host), body


def ended(connection, seconds):
    """Whether the server ends the connection in time; what it still sends is read."""
    connection.settimeout(seconds)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


# --- replies ---

def test_a_reply_has_the_headers_that_clients_need(server):
    reply = wire.call(server, "ListCollections", LIST)
    assert reply.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert re.fullmatch(shape.UUID, reply.headers["x-amzn-RequestId"])
    date = email.utils.parsedate_to_datetime(reply.headers["Date"])
    assert abs(date.timestamp() - time.time()) < 5


def test_an_error_has_the_same_headers_and_its_type(server):
    reply = wire.call(server, "DescribeCollection", {"CollectionId": "nope"})
    assert reply.headers["x-amzn-ErrorType"] == reply.type == reply.json["Code"] == "ResourceNotFoundException"
    assert reply.json["Logref"] == reply.headers["x-amzn-RequestId"]
    assert abs(email.utils.parsedate_to_datetime(reply.headers["Date"]).timestamp() - time.time()) < 5


def test_every_reply_has_its_own_request_id(server):
    ids = {wire.call(server, "ListCollections", LIST).headers["x-amzn-RequestId"] for _ in range(20)}
    assert len(ids) == 20


# --- how a request may come ---

def test_head_and_body_may_come_in_pieces(server, connection):
    head, body = request_of(server, body=b'{"MaxResults": 7}')
    for piece in [head[:10], head[10:90], head[90:-2], head[-2:], body[:1], body[1:9], body[9:]]:
        connection.sendall(piece)
        time.sleep(0.05)
    assert wire.read_reply(connection).status == 200


def test_head_and_body_may_come_byte_by_byte(server, connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    head, body = request_of(server)
    for byte in head + body:
        connection.send(bytes([byte]))
    assert wire.read_reply(connection).status == 200


def test_one_connection_serves_many_requests(server, connection):
    for number in range(30):
        head, body = request_of(server, body=b'{"MaxResults": %d}' % number)
        connection.sendall(head + body)
        assert wire.read_reply(connection).status == 200


def test_a_connection_is_kept_after_an_error(server, connection):
    for operation, body, status in (("DetectFaces", b"{", 400), ("Nothing", LIST, 400), ("ListCollections", LIST, 200)):
        head, body = request_of(server, operation, body)
        connection.sendall(head + body)
        assert wire.read_reply(connection).status == status


def test_requests_may_come_in_one_piece(server, connection):
    connection.sendall(b"".join(request_of(server)) + b"".join(request_of(server, "Nothing")))
    answers = b""
    while b"UnknownOperationException" not in answers:
        piece = connection.recv(65536)
        assert piece, answers
        answers += piece
    assert answers.startswith(b"HTTP/1.1 200") and answers.count(b"HTTP/1.1 ") == 2


def test_a_connection_is_closed_when_the_client_asks(server, connection):
    headers = {**wire.sign(server, "ListCollections", LIST), "Connection": "close"}
    connection.sendall(wire.head(headers, len(LIST), host=server.host) + LIST)
    assert wire.read_reply(connection).status == 200 and ended(connection, 5)


def test_a_chunked_body_is_read(server):
    signed = wire.sign(server, "ListCollections", LIST)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("POST", "/", iter([b"{", b"}"]), {**signed, "Transfer-Encoding": "chunked"}, encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()


def curl(server, body, *options):
    """curl signs by itself, and sends Expect: 100-continue before large bodies."""
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    own = server.credentials
    command = ["curl", "-sS", "-v", "--noproxy", "*", "--max-time", "60",
               "--aws-sigv4", "aws:amz:us-east-1:rekognition", "--user", f"{own.access_key}:{own.secret_key}",
               "-H", f"Content-Type: {wire.CONTENT_TYPE}", "--data-binary", "@-", *options, server.url + "/"]
    return subprocess.run(command, input=body, capture_output=True, timeout=90)


def test_curl_is_served_and_told_to_continue(server, photos):
    body = wire.encode({"Image": wire.image(photographs.padded(photos["obama.jpg"], 2_000_000))})
    done = curl(server, body, "-H", "X-Amz-Target: RekognitionService.DetectFaces", "-H", "Expect: 100-continue")
    assert done.returncode == 0 and b"HTTP/1.1 100 Continue" in done.stderr
    assert len(shape.load(done.stdout)["FaceDetails"]) == 1


def test_curl_that_would_send_too_much_is_told_before_it_does(server):
    done = curl(server, b" " * (BODY_MAX + 1), "-H", "X-Amz-Target: RekognitionService.DetectFaces",
                "-H", "Expect: 100-continue")
    assert b"100 Continue" not in done.stderr and b"HTTP/1.1 413" in done.stderr
    assert shape.load(done.stdout)["__type"] == "RequestEntityTooLargeException"


# --- sizes ---

def test_two_images_of_the_greatest_size_are_accepted(server, photos):
    images = [wire.image(photographs.padded(photos[name], IMAGE_BYTES_MAX)) for name in ("obama.jpg", "obama3.jpg")]
    body = wire.encode({"SourceImage": images[0], "TargetImage": images[1]})
    assert len(body) > 13_900_000
    reply = wire.call(server, "CompareFaces", body)
    assert reply.status == 200 and reply.json["FaceMatches"][0]["Similarity"] > 90


def test_a_body_of_the_greatest_size_is_read(server):
    assert wire.call(server, "ListCollections", b"{" + b" " * (BODY_MAX - 2) + b"}").status == 200


def test_a_larger_body_is_refused_in_json(server):
    body = b"{" + b" " * (BODY_MAX - 1) + b"}"
    reply = wire.call(server, "ListCollections", body)
    assert reply.status == 413 and reply.type == "RequestEntityTooLargeException" and reply.message


def test_a_larger_chunked_body_is_refused_in_json(server):
    signed = wire.sign(server, "ListCollections", LIST)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    pieces = (b" " * 65536 for _ in range(BODY_MAX // 65536 + 2))
    connection.request("POST", "/", pieces, {**signed, "Transfer-Encoding": "chunked"}, encode_chunked=True)
    reply = connection.getresponse()
    assert reply.status == 413 and shape.load(reply.read())["__type"] == "RequestEntityTooLargeException"
    connection.close()


def test_an_announced_giant_takes_no_memory(server):
    before = server.memory()
    connections = [wire.connect(server) for _ in range(50)]
    for connection in connections:
        connection.sendall(wire.head(wire.sign(server, "ListCollections", LIST), BODY_MAX, host=server.host) + b"{")
    assert server.healthy() and server.memory() - before < 64 << 20
    for connection in connections:
        connection.close()


@pytest.mark.parametrize("size", [20_000, 200_000, 5_000_000])
def test_headers_without_end_are_refused(server, connection, size):
    try:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nX-Large: " + b"x" * size + b"\r\n\r\n")
        assert 400 <= wire.read_reply(connection).status < 500
    except ConnectionError:
        pass  # ended while it was still being sent to


def test_too_many_headers_are_refused(server, connection):
    lines = b"".join(b"X-%d: y\r\n" % number for number in range(2000))
    try:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + lines + b"Content-Length: 0\r\n\r\n")
        assert 400 <= wire.read_reply(connection).status < 500
    except ConnectionError:
        pass


# --- other paths and methods ---

@pytest.mark.parametrize("method, path", [("GET", "/"), ("PUT", "/"), ("DELETE", "/"), ("POST", "/x"), ("GET", "/x"),
                                          ("POST", "/healthz"), ("OPTIONS", "/"), ("PATCH", "/metrics"),
                                          ("GET", "/../../etc/passwd"), ("GET", "/%2e%2e/%2e%2e/etc/passwd")])
def test_what_is_not_served_is_refused_in_json(server, method, path):
    reply = wire.send(server, {}, b"", method=method, path=path)
    assert 400 <= reply.status < 500 and reply.type.endswith("Exception")
    assert reply.headers["Content-Type"] == "application/x-amz-json-1.1"


def test_health_is_told_without_a_signature(server):
    status, headers, _ = server.get("/healthz")
    assert status == 200 and abs(email.utils.parsedate_to_datetime(headers["Date"]).timestamp() - time.time()) < 5


SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? (-?[0-9.e+-]+|\+Inf)')


def metrics(server):
    """Value of each series. Fails on a line that is not Prometheus text."""
    status, headers, body = server.get("/metrics")
    assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4")
    text, series, typed = body.decode(), {}, set()
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            typed.add(line.split()[2])
        elif line and not line.startswith("#"):
            match = SAMPLE.fullmatch(line)
            assert match, f"not a sample: {line}"
            assert match[1] + (match[2] or "") not in series, f"twice: {line}"
            assert match[1] in typed or re.sub(r"_(bucket|sum|count)$", "", match[1]) in typed, f"no type: {line}"
            series[match[1] + (match[2] or "")] = float(match[3])
    return series


def test_metrics_count_what_is_served(server):
    before = metrics(server)
    for _ in range(3):
        wire.call(server, "ListCollections", LIST)
    after = metrics(server)
    grown = {name: after[name] - before.get(name, 0) for name in after if "ListCollections" in name}
    assert 3.0 in grown.values()
    assert all(difference >= 0 for difference in grown.values())


def test_metrics_tell_no_secrets(server, client, collection):
    text = server.get("/metrics")[2].decode()
    assert server.credentials.access_key not in text and collection not in text


# --- unkind clients ---

GARBAGE = [b"\r\n" * 50, b"\0" * 100, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\n: x\r\n\r\n",
           b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"x" * 100_000,
           b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
           b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
           b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
           b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
           b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
           b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
           b"POST /" + b"%" * 3000 + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"]


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda garbage: repr(garbage[:40]))
def test_garbage_is_refused_or_cut_off(server, connection, garbage):
    try:
        connection.sendall(garbage)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(15)
        answer = connection.recv(65536)
    except OSError as error:
        assert not isinstance(error, TimeoutError), "the connection is kept"
        answer = b""
    assert not answer.startswith(b"HTTP/1.1 2") and not answer.startswith(b"HTTP/1.0 2")
    assert server.healthy()


def test_random_bytes_are_survived(server):
    for seed in range(60):
        with wire.connect(server) as connection:
            noise = b"".join(hashlib.sha512(b"%d %d" % (seed, part)).digest() for part in range(seed + 1))
            try:
                connection.sendall((b"POST / HTTP/1.1\r\n" if seed % 2 else b"") + noise + b"\r\n\r\n")
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # cut off already
    assert wire.call(server, "ListCollections", LIST).status == 200


def test_clients_that_leave_do_not_disturb_others(server, photos):
    body = wire.encode({"Image": wire.image(photos["obama.jpg"])})
    head = wire.head(wire.sign(server, "DetectFaces", body), len(body), host=server.host)
    served, done = [], threading.Event()

    def stay():
        while not done.is_set():
            served.append(wire.call(server, "DetectFaces", {"Image": wire.image(photos.small("biden.jpg"))}).status)

    staying = threading.Thread(target=stay)
    staying.start()
    for cut in [0, 5, len(head) // 2, len(head), len(head) + 1, len(head) + len(body) // 2, len(head) + len(body)] * 6:
        connection = wire.connect(server)
        connection.sendall((head + body)[:cut])
        if cut % 2:  # an end without a goodbye
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    done.set()
    staying.join(60)
    assert served and set(served) == {200}


def test_many_idle_connections_do_not_keep_others_out(server):
    idle = [wire.connect(server) for _ in range(120)]
    assert wire.call(server, "ListCollections", LIST).status == 200
    for connection in idle:
        connection.close()


def test_a_client_that_drips_its_headers_is_cut_off(server):
    """A slow head, and no head at all, at the same time."""
    start = time.monotonic()
    with wire.connect(server) as dripping, wire.connect(server) as silent:
        connections, cut = {"dripping": dripping, "silent": silent}, {}
        dripping.sendall(b"POST / HTTP/1.1\r\nX-Slow: ")
        while len(cut) < 2 and time.monotonic() - start < 18:
            time.sleep(0.25)
            for name, connection in connections.items():
                if name in cut:
                    continue
                try:
                    if name == "dripping":
                        connection.send(b"x")
                    connection.settimeout(0.01)
                    if connection.recv(4096) == b"":
                        cut[name] = time.monotonic() - start
                except TimeoutError:
                    pass
                except ConnectionError:
                    cut[name] = time.monotonic() - start
            assert wire.call(server, "ListCollections", LIST).status == 200
    assert set(cut) == {"dripping", "silent"} and all(5 < seconds < 16 for seconds in cut.values())


def test_no_descriptor_is_lost(server):
    folder = f"/proc/{server.process.pid}/fd"
    before = len(os.listdir(folder))
    for _ in range(100):
        wire.call(server, "ListCollections", LIST)
        wire.connect(server).close()
    end = time.monotonic() + 10
    while len(os.listdir(folder)) > before + 8 and time.monotonic() < end:
        time.sleep(0.1)
    assert len(os.listdir(folder)) <= before + 8
