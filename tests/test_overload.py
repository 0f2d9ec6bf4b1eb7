"""More requests than can be served: refused at once, none hung, and all is well afterwards."""

import collections
import threading
import time

import pytest

import wire

BURST = 150


def at_once(count, work):
    """Runs work(number) in so many threads that start together; what each returned and its seconds."""
    barrier, results = threading.Barrier(count), [None] * count

    def run(number):
        barrier.wait()
        start = time.monotonic()
        results[number] = work(number), time.monotonic() - start

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), "a request hangs"
    return results


@pytest.fixture
def busy(new_server):
    """A server with one worker."""
    return new_server("--workers", "1")


def test_a_full_queue_refuses_at_once_and_recovers(busy, photos):
    body = wire.encode({"Image": wire.image(photos["obama3.jpg"])})
    headers = wire.sign(busy, "DetectFaces", body)
    wire.send(busy, headers, body)
    results = at_once(BURST, lambda _: wire.send(busy, headers, body, timeout=100))
    outcomes = collections.Counter(reply.type for reply, _ in results)
    assert set(outcomes) == {None, "ThrottlingException"} and outcomes[None] >= 64
    for reply, _ in results:
        assert reply.status == (200 if reply.type is None else 400)
        assert reply.headers["x-amzn-ErrorType"] == reply.type
    slowest_served = max(seconds for reply, seconds in results if reply.type is None)
    refusals = sorted(seconds for reply, seconds in results if reply.type)
    assert refusals[len(refusals) // 2] < slowest_served
    assert busy.healthy() and wire.call(busy, "DetectFaces", body).status == 200


def test_health_and_metrics_answer_under_load(busy, photos):
    body = wire.encode({"Image": wire.image(photos["obama3.jpg"])})
    headers = wire.sign(busy, "DetectFaces", body)

    def ask(number):
        if number % 2:
            return wire.send(busy, headers, body, timeout=100).status
        return busy.get("/healthz" if number % 4 else "/metrics")[0]

    assert {status for number, (status, _) in enumerate(at_once(100, ask)) if number % 2 == 0} == {200}


def test_clients_that_retry_are_all_served(busy, photos):
    data = photos["obama3.jpg"]
    clients = [busy.client(attempts=10) for _ in range(80)]
    results = at_once(80, lambda number: clients[number].detect_faces(Image={"Bytes": data}))
    assert all(len(reply["FaceDetails"]) >= 1 for reply, _ in results)
    assert any(reply["ResponseMetadata"]["RetryAttempts"] > 0 for reply, _ in results), "the load was no load"


def test_memory_is_bounded_under_many_large_bodies(busy, photos):
    """Of 60 bodies of 6 MB each, no more are held than the limit allows."""
    body = b'{"Image":{"Bytes":"' + b"A" * 6_000_000 + b'"}}'
    headers = wire.sign(busy, "DetectFaces", body)
    before = busy.memory()
    busy.reset_peak()
    at_once(60, lambda _: status_or_end(busy, headers, body))
    assert busy.memory("VmHWM") - before < 512 << 20
    assert busy.healthy() and wire.call(busy, "ListCollections", {}).status == 200


def status_or_end(server, headers, body):
    try:
        return wire.send(server, headers, body, timeout=100).status
    except ConnectionError:
        return None
