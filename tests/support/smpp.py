"""An SMSC that speaks SMPP 3.4 to one client, as an operator's does: texts in, texts out, receipts.

Written from the specification, not from Kannel: what reaches it is what would reach a phone.
"""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, pairwise
from time import monotonic, sleep

from sms_service.language.parts import UCS2

BIND_TRANSCEIVER, SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x09, 0x04, 0x05, 0x06, 0x15
RESPONSE = 0x80000000
HAS_UDH, IS_RECEIPT = 0x40, 0x04
GSM, UCS2_CODING = 0, 8
BAD_DESTINATION, THROTTLED, SYSTEM_ERROR = 0x0B, 0x58, 0x08

_HEAD = struct.Struct(">IIII")
_GSM_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_PATIENCE = 15.0


@dataclass(frozen=True, slots=True)
class Part:
    """One SMS as it would go on the air."""

    message_id: str
    line: str
    phone: str
    """As the client wrote it, without a plus."""
    ton: int
    """Type of the phone's number: 1 is international."""
    coding: int
    wants_receipt: bool
    reference: int | None
    """Joins the parts of one text; None for a text of one part."""
    number: int
    total: int
    body: bytes

    @property
    def units(self) -> int:
        """UTF-16 code units or septets."""
        return len(self.body) // 2 if self.coding == UCS2_CODING else len(self.body)

    @property
    def text(self) -> str:
        """What a phone shows of it."""
        if self.coding == UCS2_CODING:
            return self.body.decode("utf-16-be")
        return _gsm_text(self.body)


@dataclass(slots=True)
class _Link:
    """The client that is bound."""

    socket: socket.socket
    lock: threading.Lock = field(default_factory=threading.Lock)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def send(self, command: int, status: int, number: int, body: bytes = b"") -> None:
        with self.lock, suppress(OSError):
            self.socket.sendall(_HEAD.pack(16 + len(body), command, status, number) + body)


class Smsc:
    """Listens on a free port. Everything that was submitted is in ``parts``."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.system_id = ""
        self.refuse_with = 0
        """A status of SMPP that every submission is answered with; 0 accepts."""
        self._ids = count(0xA000_0001)
        self._references = count(1)
        self._link: _Link | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._listen()

    @property
    def is_bound(self) -> bool:
        """Whether a client is bound."""
        return self._link is not None

    def stop(self) -> None:
        """Hang up and close the port."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()

    def close_for_now(self) -> None:
        """Be away: nobody is bound and nobody can bind."""
        self.stop()

    def open_again(self) -> None:
        """Be back on the same port."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._listen()

    def hang_up(self) -> None:
        """Cut the connection; a client may bind anew."""
        link, self._link = self._link, None
        if link:
            with suppress(OSError):
                link.socket.shutdown(socket.SHUT_RDWR)

    def wait_until_bound(self) -> None:
        """Return when a client is bound. Raises TimeoutError."""
        wait_until(lambda: self.is_bound, "nobody bound to the SMSC")

    def texts(self, phone: str | None = None) -> list[str]:
        """Whole texts, joined as a phone joins them, in the order of their first parts."""
        whole: dict[tuple[str, int | str], dict[int, Part]] = {}
        for part in list(self.parts):
            if phone is None or part.phone == phone:
                key = part.phone, part.message_id if part.reference is None else part.reference
                whole.setdefault(key, {})[part.number] = part
        return [
            "".join(parts[number].text for number in sorted(parts))
            for parts in whole.values()
            if len(parts) == next(iter(parts.values())).total
        ]

    def wait_for_texts(self, number: int, phone: str | None = None) -> list[str]:
        """Whole texts, once there are so many. Raises TimeoutError."""
        wait_until(
            lambda: len(self.texts(phone)) >= number,
            lambda: f"{len(self.texts(phone))} of {number} texts reached the SMSC",
        )
        return self.texts(phone)

    def text_from(self, phone: str, line: str, text: str, skip: int | None = None) -> None:
        """A subscriber's text in UCS-2, in as many parts as it takes; ``skip`` loses one."""
        pieces = list(_cut(text))
        reference = next(self._references) & 0xFF
        for number, piece in enumerate(pieces, 1):
            header = bytes((5, 0, 3, reference, len(pieces), number)) if len(pieces) > 1 else b""
            if number != skip:
                body = header + piece.encode("utf-16-be")
                self._deliver(phone, line, HAS_UDH if header else 0, UCS2_CODING, body)

    def report(self, part: Part, stat: str = "DELIVRD") -> None:
        """A receipt about a part, in the form that SMPP's appendix B recommends."""
        said = (
            f"id:{part.message_id} sub:001 dlvrd:001 submit date:2611230800 "
            f"done date:2611230801 stat:{stat} err:000 text:"
        )
        self._deliver(part.phone, part.line, IS_RECEIPT, GSM, said.encode("ascii"))

    def _deliver(self, phone: str, line: str, esm_class: int, coding: int, body: bytes) -> None:
        link = self._link
        if link is None:
            raise RuntimeError("nobody is bound")
        numbers = b"\x01\x01" + phone.encode() + b"\0" + b"\x02\x01" + line.encode() + b"\0"
        rest = bytes((esm_class, 0, 0, 0, 0, 0, 0, coding, 0, len(body))) + body
        link.send(DELIVER, 0, next(link.numbers), b"\0" + numbers + rest)

    def _listen(self) -> None:
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(_Link(connection),), daemon=True).start()

    def _converse(self, link: _Link) -> None:
        with link.socket, suppress(OSError, EOFError):
            while True:
                length, command, _, number = _HEAD.unpack(_exactly(link.socket, 16))
                self._answer(link, command, number, _exactly(link.socket, length - 16))

    def _answer(self, link: _Link, command: int, number: int, body: bytes) -> None:
        if command == BIND_TRANSCEIVER:
            self.system_id = body.split(b"\0", 1)[0].decode()
            link.send(command | RESPONSE, 0, number, b"fake\0")
            self._link = link
        elif command == SUBMIT:
            if self.refuse_with:
                link.send(command | RESPONSE, self.refuse_with, number)
                return
            part = _submitted(body, f"{next(self._ids):X}")
            self.parts.append(part)
            link.send(command | RESPONSE, 0, number, part.message_id.encode() + b"\0")
        elif command in (ENQUIRE, UNBIND):
            link.send(command | RESPONSE, 0, number)


def wait_until(holds: Callable[[], bool], complaint: str | Callable[[], str]) -> None:
    """Return once it holds. Raises TimeoutError with the complaint."""
    deadline = monotonic() + _PATIENCE
    while not holds():
        if monotonic() > deadline:
            raise TimeoutError(complaint if isinstance(complaint, str) else complaint())
        sleep(0.02)


def _exactly(connection: socket.socket, length: int) -> bytes:
    got = b""
    while len(got) < length:
        piece = connection.recv(length - len(got))
        if not piece:
            raise EOFError
        got += piece
    return got


def _submitted(body: bytes, message_id: str) -> Part:
    _service, rest = body.split(b"\0", 1)
    line, rest = rest[2:].split(b"\0", 1)
    ton = rest[0]
    phone, rest = rest[2:].split(b"\0", 1)
    esm_class = rest[0]
    _schedule, rest = rest[3:].split(b"\0", 1)
    _validity, rest = rest.split(b"\0", 1)
    wants_receipt, coding, length = bool(rest[0] & 3), rest[2], rest[4]
    text = rest[5 : 5 + length]
    reference, number, total = None, 1, 1
    if esm_class & HAS_UDH:
        header, text = text[: text[0] + 1], text[text[0] + 1 :]
        reference, total, number = header[-3], header[-2], header[-1]
    return Part(
        message_id,
        line.decode(),
        phone.decode(),
        ton,
        coding,
        wants_receipt,
        reference,
        number,
        total,
        text,
    )


def _gsm_text(octets: bytes) -> str:
    letters, escaped = [], False
    for octet in octets:
        if escaped:
            letters.append(_GSM_EXTENSION[octet])
        elif octet != 0x1B:
            letters.append(_GSM_BASIC[octet])
        escaped = octet == 0x1B and not escaped
    return "".join(letters)


def _cut(text: str) -> Iterator[str]:
    size = UCS2.single if len(text) <= UCS2.single else UCS2.joined
    edges = [*range(0, len(text), size), len(text)] if text else [0, 0]
    return (text[start:end] for start, end in pairwise(edges))
