"""A gRPC service without generated code, served for real, and ways to call it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import grpc
import grpc.aio

PLACE = "/shop.Orders/Place"
LIST = "/shop.Orders/List"
UPLOAD = "/shop.Orders/Upload"
TALK = "/shop.Orders/Talk"

log = logging.getLogger("shop.orders")


def _heed(request: bytes, context: Any) -> None:
    log.info("placing")
    if request == b"fail":
        raise LookupError("no such lamp")


class AsyncOrders:
    """Each kind of call."""

    async def place(self, request: bytes, context: Any) -> bytes:
        if request == b"abort":
            await context.abort(grpc.StatusCode.NOT_FOUND, "no lamp")
        _heed(request, context)
        return request

    async def list(self, request: bytes, context: Any) -> AsyncIterator[bytes]:
        _heed(request, context)
        for number in range(3):
            yield b"%d" % number

    async def upload(self, requests: AsyncIterator[bytes], context: Any) -> bytes:
        parts = [part async for part in requests]
        _heed(parts[0], context)
        return b"".join(parts)

    async def talk(self, requests: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
        async for request in requests:
            _heed(request, context)
            yield request


class Orders:
    """Each kind of call, in threads."""

    def place(self, request: bytes, context: Any) -> bytes:
        if request == b"abort":
            context.abort(grpc.StatusCode.NOT_FOUND, "no lamp")
        _heed(request, context)
        return request

    def list(self, request: bytes, context: Any) -> Iterator[bytes]:
        _heed(request, context)
        for number in range(3):
            yield b"%d" % number

    def upload(self, requests: Iterator[bytes], context: Any) -> bytes:
        parts = list(requests)
        _heed(parts[0], context)
        return b"".join(parts)

    def talk(self, requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        for request in requests:
            _heed(request, context)
            yield request


def _handlers(orders: AsyncOrders | Orders) -> grpc.GenericRpcHandler:
    return grpc.method_handlers_generic_handler(
        "shop.Orders",
        {
            "Place": grpc.unary_unary_rpc_method_handler(orders.place),
            "List": grpc.unary_stream_rpc_method_handler(orders.list),
            "Upload": grpc.stream_unary_rpc_method_handler(orders.upload),
            "Talk": grpc.stream_stream_rpc_method_handler(orders.talk),
        },
    )


@asynccontextmanager
async def aio_channel(*options: Any, **named: Any) -> AsyncIterator[grpc.aio.Channel]:
    """Serve with `grpc.aio`; options go to the server."""
    server = grpc.aio.server(*options, **named)
    server.add_generic_rpc_handlers((_handlers(AsyncOrders()),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel
    finally:
        await server.stop(None)


@contextmanager
def channel() -> Iterator[grpc.Channel]:
    """Serve with threads."""
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((_handlers(Orders()),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as opened:
            yield opened
    finally:
        server.stop(None).wait()
