"""The system calls of another process, as the kernel sees them: ptrace without a compiler and without a program to install."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SEIZE, _SYSCALL, _DETACH, _INTERRUPT, _GET_SYSCALL_INFO = 0x4206, 24, 17, 0x4207, 0x420E
_MARK_SYSCALLS, _FOLLOW_THREADS_AND_CHILDREN = 0x1, 0x2 | 0x4 | 0x8
_ALL_THREADS, _OWN_TRACEES = 0x40000000, 0x20000000
_ENTRY, _EXIT = 1, 2
_SYSCALL_STOP = signal.SIGTRAP | 0x80
_NUMBERS = {
    "x86_64": {1: "write", 18: "pwrite64", 20: "writev", 44: "sendto", 74: "fsync", 75: "fdatasync", 296: "pwritev"},
    "aarch64": {64: "write", 66: "writev", 68: "pwrite64", 70: "pwritev", 82: "fsync", 83: "fdatasync", 206: "sendto"},
}


class _Info(ctypes.Structure):
    """The kernel's `struct ptrace_syscall_info`, for entry and exit."""

    _fields_ = (
        ("op", ctypes.c_uint8),
        ("pad", ctypes.c_uint8 * 3),
        ("arch", ctypes.c_uint32),
        ("instruction_pointer", ctypes.c_uint64),
        ("stack_pointer", ctypes.c_uint64),
        ("number_or_result", ctypes.c_uint64),
        ("arguments", ctypes.c_uint64 * 6),
    )


@dataclass(frozen=True)
class SystemCall:
    """A call that has returned: its name, the file that it was made on, and the kernel's answer (below 0: an error)."""

    name: str
    path: str
    result: int


class CannotTrace(Exception):
    """The kernel does not let this process look; the message says what it needs."""


def trace(
    pids: Sequence[int], begin: Callable[[], None], is_last: Callable[[SystemCall], bool], *, then_kill: bool = False
) -> list[SystemCall]:
    """Watches processes with all their threads; then lets them go on by themselves.

    Args:
        pids: the processes; they wait for something now.
        begin: called when the watch has begun, to have them go on.
        is_last: whether the watch ends with this call.
        then_kill: ends the processes right after that call, before they do anything else.

    Returns:
        The calls that write and those that make durable, in the order in which they returned.

    Raises:
        CannotTrace: this is not Linux 5.3 or newer on a known machine, or the processes are not ours to look at.
    """
    # To the kernel one thread is the tracer, and no other child of ours may end in its hands.
    with ThreadPoolExecutor(1) as tracer:
        return tracer.submit(_Tracer(pids).watch, begin, is_last, then_kill).result()


class _Tracer:
    def __init__(self, pids: Sequence[int]) -> None:
        self._names = _NUMBERS.get(platform.machine())
        if self._names is None or not Path("/proc/self/task").is_dir():
            raise CannotTrace(f"no system call is known by its number on {platform.system()} {platform.machine()}")
        self._pids = pids
        self._threads: set[int] = set()
        self._entered: dict[int, tuple[str, str]] = {}
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.ptrace.restype = ctypes.c_long
        self._libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

    def watch(
        self, begin: Callable[[], None], is_last: Callable[[SystemCall], bool], then_kill: bool
    ) -> list[SystemCall]:
        for pid in self._pids:
            for thread in Path(f"/proc/{pid}/task").iterdir():
                self._attach(int(thread.name))
        begin()
        calls = []
        while True:
            thread, status = self._next_stop()
            if (call := self._call(thread, status)) is not None:
                calls.append(call)
                if is_last(call):
                    break
            self._go_on(thread, status)
        if then_kill:
            self._kill()
        else:
            self._let_go(thread)
        return calls

    def _attach(self, thread: int) -> None:
        self._ptrace(_SEIZE, thread, 0, _MARK_SYSCALLS | _FOLLOW_THREADS_AND_CHILDREN)
        self._ptrace(_INTERRUPT, thread)
        self._threads.add(thread)

    def _next_stop(self) -> tuple[int, int]:
        while True:
            thread, status = os.waitpid(-1, _ALL_THREADS | _OWN_TRACEES)
            if os.WIFSTOPPED(status):
                self._threads.add(thread)
                return thread, status
            self._threads.discard(thread)
            assert self._threads, f"{self._pids} ended while they were watched: {status}"

    def _call(self, thread: int, status: int) -> SystemCall | None:
        if os.WSTOPSIG(status) != _SYSCALL_STOP:
            return None
        info = _Info()
        self._ptrace(_GET_SYSCALL_INFO, thread, ctypes.sizeof(info), ctypes.addressof(info))
        assert self._names is not None
        if info.op == _ENTRY and (name := self._names.get(info.number_or_result)):
            self._entered[thread] = (name, str(Path(f"/proc/{thread}/fd/{info.arguments[0]}").readlink()))
        elif info.op == _EXIT and (entered := self._entered.pop(thread, None)):
            return SystemCall(*entered, ctypes.c_int64(info.number_or_result).value)
        return None

    def _go_on(self, thread: int, status: int) -> None:
        # A stop that is no event of ours is a signal on its way to the process.
        own = os.WSTOPSIG(status) == _SYSCALL_STOP or status >> 16 != 0
        self._ptrace(_SYSCALL, thread, 0, 0 if own else os.WSTOPSIG(status))

    def _let_go(self, stopped: int) -> None:
        self._ptrace(_DETACH, stopped)
        others = self._threads - {stopped}
        for thread in others:
            self._ptrace(_INTERRUPT, thread)
        while others:
            thread, status = os.waitpid(-1, _ALL_THREADS | _OWN_TRACEES)
            if os.WIFSTOPPED(status):
                self._ptrace(_DETACH, thread)
            others.discard(thread)

    def _kill(self) -> None:
        for pid in self._pids:
            os.kill(pid, signal.SIGKILL)
        # A parent hears of the end only after we have heard of every thread's.
        with suppress(ChildProcessError):
            while True:
                os.waitpid(-1, _ALL_THREADS | _OWN_TRACEES)

    def _ptrace(self, request: int, thread: int, address: int = 0, data: int = 0) -> None:
        if self._libc.ptrace(request, thread, address, data) < 0:
            error = os.strerror(ctypes.get_errno())
            raise CannotTrace(f"ptrace of thread {thread} failed ({error}): it needs Linux 5.3 and its permission")
