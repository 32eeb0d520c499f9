"""TLS with a certificate of one's own: trusted where it is named, refused where it is not."""

import datetime as dt
import ipaddress
import ssl
import threading
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2_grpc
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse

from otel_logging.bridge.grpc import GrpcTarget, GrpcTransport
from otel_logging.bridge.http import HttpTarget, HttpTransport
from otel_logging.bridge.transport import Outcome


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Files of a self-signed certificate for 127.0.0.1 and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def https(certificate):
    """A receiver over HTTPS: what it got, and its URL."""
    bodies = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield bodies, f"https://127.0.0.1:{server.server_address[1]}/v1/logs"
    server.shutdown()
    thread.join()
    server.server_close()


def test_https_with_a_certificate_that_is_named(https, certificate):
    """As `OTEL_EXPORTER_OTLP_CERTIFICATE` names it."""
    bodies, url = https
    transport = HttpTransport(HttpTarget(url=url, ca_file=str(certificate[0])))

    assert transport.send(b"request", 30.0).outcome is Outcome.ACCEPTED
    assert bodies == [b"request"]


def test_https_with_a_certificate_that_nobody_trusts(https):
    """Nothing is sent; it is tried again, as the certificate may be mended."""
    bodies, url = https
    reply = HttpTransport(HttpTarget(url=url)).send(b"request", 30.0)

    assert reply.outcome is Outcome.RETRY
    assert reply.reason == "SSLCertVerificationError"
    assert bodies == []


def test_https_without_verification(https):
    """Where the exporter was told so."""
    bodies, url = https

    assert HttpTransport(HttpTarget(url=url, verify=False)).send(b"x", 30.0).outcome is (
        Outcome.ACCEPTED
    )
    assert bodies == [b"x"]


@pytest.fixture
def grpcs(certificate):
    """A receiver over gRPC with TLS: what it got, and its address."""
    requests = []

    class Service(logs_service_pb2_grpc.LogsServiceServicer):
        def Export(self, request, context):  # noqa: N802
            requests.append(request)
            return ExportLogsServiceResponse()

    chain, key = certificate[0].read_bytes(), certificate[1].read_bytes()
    server = grpc.server(futures.ThreadPoolExecutor(2))
    logs_service_pb2_grpc.add_LogsServiceServicer_to_server(Service(), server)
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, chain)]))
    server.start()
    yield requests, f"127.0.0.1:{port}"
    server.stop(0).wait()


def test_grpc_with_a_certificate_that_is_named(grpcs, certificate):
    """One request arrives."""
    requests, address = grpcs
    credentials = grpc.ssl_channel_credentials(certificate[0].read_bytes())
    transport = GrpcTransport(GrpcTarget(address=address, credentials=credentials))

    assert transport.send(b"", 30.0).outcome is Outcome.ACCEPTED
    assert len(requests) == 1
    transport.close()


def test_grpc_with_a_certificate_that_nobody_trusts(grpcs):
    """Nothing is sent."""
    requests, address = grpcs
    credentials = grpc.ssl_channel_credentials()
    transport = GrpcTransport(GrpcTarget(address=address, credentials=credentials))

    assert transport.send(b"", 5.0).outcome is Outcome.RETRY
    assert requests == []
    transport.close()
