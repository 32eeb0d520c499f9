"""Bound attributes follow the work and stay out of other work."""

import asyncio
import contextvars
import threading

from opentelemetry.sdk.trace import TracerProvider

from otel_logging import bind, bound, span_id, trace_id, unbind
from otel_logging.context import (
    add_request_attributes,
    context_attributes,
    request_scope,
)


def alone(function):
    """Run a function in a context of its own."""
    return contextvars.copy_context().run(function)


def test_bound_ends_with_its_block():
    """Inner blocks add to outer ones."""
    with bound(a=1):
        with bound({"user.id": 7}, a=2):
            assert context_attributes() == {"a": 2, "user.id": 7}
        assert context_attributes() == {"a": 1}
    assert context_attributes() == {}


def test_bind_stays_in_its_context_until_unbound():
    """The context that started this one does not see it."""

    def work():
        bind(a=1, b=2)
        unbind("a", "never")
        return context_attributes()

    assert alone(work) == {"b": 2}
    assert context_attributes() == {}


async def test_tasks_inherit_and_do_not_leak_into_each_other():
    """Each task sees what was bound before it and what it bound itself."""

    async def work(number):
        bind(number=number)
        await asyncio.sleep(0)
        return context_attributes()

    with bound(shared=True):
        results = await asyncio.gather(*(work(number) for number in range(3)))
    assert [{"shared": True, "number": number} for number in range(3)] == results


async def test_a_request_shares_what_a_worker_thread_finds_out():
    """A copied context cannot hand `bind` back; the request's scope can."""
    with request_scope({"url.path": "/x"}):
        await asyncio.to_thread(add_request_attributes, {"user.id": "7"})
        assert context_attributes() == {"url.path": "/x", "user.id": "7"}
    assert context_attributes() == {}


def test_bound_wins_over_the_request():
    """What is said closer to the call is more precise."""
    with request_scope({"a": "request", "b": "request"}), bound(a="bound"):
        assert context_attributes() == {"a": "bound", "b": "request"}


def test_request_attributes_are_bound_where_no_request_is_served():
    """A script has users too."""

    def work():
        add_request_attributes({"user.id": "7"})
        return context_attributes()

    assert alone(work) == {"user.id": "7"}


def test_a_scope_is_not_shared_between_requests():
    """Two threads that serve requests do not see each other's attributes."""
    seen = {}

    def serve(name):
        with request_scope({"name": name}):
            seen[name] = context_attributes()

    threads = [threading.Thread(target=serve, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {"a": {"name": "a"}, "b": {"name": "b"}}


def test_outside_a_trace_there_is_no_id():
    """None rather than zeros."""
    assert (trace_id(), span_id()) == (None, None)


def test_the_ids_are_those_of_the_current_span():
    """Hex digits as in `traceparent`."""
    with TracerProvider().get_tracer("test").start_as_current_span("work") as span:
        context = span.get_span_context()
        assert (f"{context.trace_id:032x}", f"{context.span_id:016x}") == (trace_id(), span_id())
