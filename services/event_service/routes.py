"""HTTP routes of event-service."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Annotated

from aio_pika import Message
from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel

from otel_logging.events import event_published, event_received
from services.event_service import topology
from services.event_service.broker import Broker, BrokerAwayError, NobodyListensError
from services.event_service.events import Event
from services.event_service.measures import published_now

router = APIRouter()
log = logging.getLogger(__name__)


async def _broker(request: Request) -> Broker:
    broker: Broker = request.app.state.broker
    return broker


BrokerOf = Annotated[Broker, Depends(_broker)]


class Accepted(BaseModel):
    """The ID of an event that the broker has taken."""

    event_id: str


@router.post("/events", status_code=HTTPStatus.ACCEPTED)
async def accept(event: Event, broker: BrokerOf) -> Accepted:
    """Publish an event; 422 when nobody listens to its type, 503 when the broker is away."""
    body = event.model_dump_json().encode()
    event_received(
        event_type=event.type,
        source=event.source,
        size=len(body),
        time=event.time,
        event_id=event.id,
    )
    about = {"event.id": event.id, "event.type": event.type}
    message = Message(
        body,
        content_type="application/json",
        message_id=event.id,
        type=event.type,
        timestamp=event.time,
        app_id="event-service",
        headers=published_now(),
    )
    try:
        await broker.publish_event(message)
    except NobodyListensError:
        log.warning("event refused", extra={**about, "error.type": "unknown_type"})
        detail = f"nobody listens to events of the type {event.type}"
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from None
    except BrokerAwayError as error:
        log.exception("event not published", extra={**about, "error.type": str(error)})
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "the broker is away") from error
    event_published(
        destination=topology.EVENTS,
        event_type=event.type,
        summary=f"{event.type} from {event.source}",
        event_id=event.id,
    )
    return Accepted(event_id=event.id)


@router.get("/healthz")
async def healthz(broker: BrokerOf) -> dict[str, str]:
    """Whether the process serves, and whether the broker is there."""
    return {"status": "ok", "broker": "connected" if broker.connected else "away"}
