"""Fixtures: a server that most tests share, servers of one's own, collections, photographs."""

import itertools

import pytest

import photos as photographs
from server import BINARY, Server


def pytest_sessionstart(session):
    if not BINARY.is_file():
        pytest.exit(f"{BINARY} is not there: make build", 1)


@pytest.fixture(scope="session")
def photos():
    return photographs.Photos()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The server that tests share; none of them stops it, and at the end it stops by itself as it should."""
    shared = Server(tmp_path_factory.mktemp("server")).start()
    yield shared
    assert shared.stop() == 0


@pytest.fixture
def new_server(tmp_path):
    """Makes servers of a test's own, and ends them."""
    made = []

    def make(*options):
        folder = tmp_path / f"server{len(made)}"
        folder.mkdir()
        made.append(Server(folder, *options).start())
        return made[-1]

    yield make
    for one in made:
        one.kill()


@pytest.fixture(scope="session")
def client(server):
    return server.client()


@pytest.fixture(scope="session")
def model(client):
    """The version of the model of new collections."""
    client.create_collection(CollectionId="model")
    return client.describe_collection(CollectionId="model")["FaceModelVersion"]


NUMBERS = itertools.count()


@pytest.fixture
def collection(client):
    """The id of a new, empty collection."""
    name = f"test-{next(NUMBERS)}"
    client.create_collection(CollectionId=name)
    yield name
    try:
        client.delete_collection(CollectionId=name)
    except client.exceptions.ResourceNotFoundException:
        pass


@pytest.fixture
def refused(client):
    """Calls an operation that must fail; gives the error's code and message."""

    def refuse(operation, **parameters):
        with pytest.raises(client.exceptions.ClientError) as caught:
            getattr(client, operation)(**parameters)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return refuse


@pytest.fixture(autouse=True)
def server_still_serves(request):
    """Whatever a test did to the shared server: it is still the same process, and healthy."""
    yield
    if "server" in request.fixturenames:
        shared = request.getfixturevalue("server")
        assert shared.process.poll() is None and shared.healthy(), "the server did not survive this"
