"""The part of a tab's state that says what came of a press, as long as that is so."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from typing import Literal

import reflex as rx

from billing_ui_components.notice import Message, Notice, UntilDecided
from billing_ui_components.reading import Reading
from billing_ui_components.runtime import get_runtime
from billing_ui_components.tab_state import TabStateMixin

_NOTHING = Notice(Message(""), notice_id="", place="", sid="", said_at=0.0)
_Name = Literal["_notice", "_plan_notice"]
_NAMES: tuple[_Name, ...] = ("_notice", "_plan_notice")


class NoticeStateMixin(TabStateMixin, mixin=True):
    """What `UsageState` has for notices. One is about usage: a page that is loaded again or come to anew shows none of those before, not
    even at hydrate. One is about plans: it waits for a page that says it, which remembers that it was read."""

    _notice: Notice | None = None
    _plan_notice: Notice | None = None

    @rx.var(deps=["_notice", "_visible"], auto_deps=False)
    def notice_text(self) -> str:
        """Why the last track was refused, or that it is still under way; "" when there is nothing to say of it, or no more."""
        return self._heard("_notice").message.text

    @rx.var(deps=["_notice", "_visible"], auto_deps=False)
    def notice_tone(self) -> str:
        """How that is meant: neutral (it is under way) or critical (it was refused or failed); "" without one."""
        return self._tone("_notice")

    @rx.var(deps=["_notice", "_visible"], auto_deps=False)
    def notice_id(self) -> str:
        """Another text for each time that something is said of usage, so that the same words are told again; "" without one."""
        return self._heard("_notice").notice_id

    @rx.var(deps=["_plan_notice", "_visible"], auto_deps=False)
    def plan_notice_text(self) -> str:
        """What came of the last change of plan in this tab, "" when that is no longer so."""
        return self._heard("_plan_notice").message.text

    @rx.var(deps=["_plan_notice", "_visible"], auto_deps=False)
    def plan_notice_tone(self) -> str:
        """How that is meant: good, neutral (it is under way) or critical (it was refused or failed); "" without one."""
        return self._tone("_plan_notice")

    @rx.var(deps=["_plan_notice", "_visible"], auto_deps=False)
    def plan_notice_place(self) -> str:
        """The table in which that change was chosen."""
        return self._heard("_plan_notice").place

    @rx.var(deps=["_plan_notice", "_visible"], auto_deps=False)
    def plan_notice_id(self) -> str:
        """Another text for each time that something is said of plans; "" when nothing is."""
        return self._heard("_plan_notice").notice_id

    @rx.var(deps=["_plan_notice", "_visible"], auto_deps=False)
    def plan_notice_lasts(self) -> bool:
        """Whether that is said again where its page is left and come back to."""
        return self._heard("_plan_notice").message.outlives_its_page

    def _heard(self, name: _Name) -> Notice:
        notice = self.get_value(name)
        if notice is None or not self._visible:
            return _NOTHING
        return notice if notice.sid == self._session().session_id or notice.message.outlives_its_page else _NOTHING

    def _tone(self, name: _Name) -> str:
        notice = self._heard(name)
        return notice.message.tone if notice.notice_id else ""

    def _say(self, name: _Name, message: Message | None, place: str = "", *, said_at: float | None = None) -> None:
        notice = None
        if message is not None:
            now = asyncio.get_running_loop().time()
            notice = Notice(
                message, secrets.token_hex(4), place, self._session().session_id, now if said_at is None else said_at
            )
        self._assign(name, notice)

    def _drop_ended(self, reading: Reading | None) -> None:
        """Say no longer what is no longer so."""
        now, desk = asyncio.get_running_loop().time(), get_runtime().desk
        for name in _NAMES:
            notice = self.get_value(name)
            if notice is None:
                continue
            until = notice.message.until
            decided = isinstance(until, UntilDecided) and not desk.is_answering(until.change_id)
            if (decided and notice.can_have_been_read(now)) or notice.has_ended(reading, now):
                self._say(name, None)

    def _drop_said(self) -> None:
        """Say no longer what was said of what was pressed before."""
        for name in _NAMES:
            notice = self.get_value(name)
            if notice is not None and not notice.message.outlives_its_page:
                self._say(name, None)

    def _keep_said(self) -> None:
        """Go on saying it over the connection that there is now."""
        sid = self._session().session_id
        for name in _NAMES:
            notice = self.get_value(name)
            if notice is not None and notice.sid != sid:
                self._assign(name, replace(notice, sid=sid))

    def _drop_notices(self) -> None:
        """Say nothing any more."""
        for name in _NAMES:
            self._say(name, None)
