"""Somebody else's application: it has never heard of us."""

import logging

from fastapi import FastAPI

app = FastAPI()
log = logging.getLogger("shop.items")


@app.get("/items/{item_id}")
async def item(item_id: int) -> dict[str, int]:
    """Answer, and say so."""
    log.info("looked up item %s", item_id, extra={"shop.item": item_id, "password": "hunter2-x"})
    return {"item": item_id}
