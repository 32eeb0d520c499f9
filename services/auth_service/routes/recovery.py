"""Security questions and password resets."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from services.auth_service.parts import ClientAddress, CurrentUser, PartsOf
from services.auth_service.recovery import Answer, Question, WrongAnswerError

router = APIRouter()


class QuestionBody(BaseModel):
    """A security question and the user's answer."""

    question: Question
    security_answer: str = Field(min_length=2, max_length=128)


class ResetBody(QuestionBody):
    """What shows that an account is one's own, and the new password."""

    username: str = Field(max_length=64)
    new_password: str = Field(min_length=8, max_length=256)


@router.put("/users/me/security-question", status_code=HTTPStatus.NO_CONTENT)
async def set_question(body: QuestionBody, user: CurrentUser, parts: PartsOf) -> None:
    """Choose the question whose answer allows a new password."""
    await parts.recovery.set_question(user.user_id, body.question, body.security_answer)


@router.post("/password-reset", status_code=HTTPStatus.NO_CONTENT)
async def reset(body: ResetBody, address: ClientAddress, parts: PartsOf) -> None:
    """Set a new password; 401 when question and answer are not the account's."""
    answer = Answer(body.username, body.question, body.security_answer, address)
    try:
        await parts.recovery.reset_password(answer, body.new_password)
    except WrongAnswerError:
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "wrong username or answer") from None
