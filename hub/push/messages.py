"""What is sent as one WeChat message: usually one delivery, of a bundle all that came while its window was open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hub.store.deliveries import Delivery


@dataclass(frozen=True, slots=True)
class Message:
    """Deliveries of one person and one message type, oldest first. They share one fate."""

    deliveries: tuple[Delivery, ...]

    @property
    def first(self) -> Delivery:
        return self.deliveries[0]

    @property
    def newest(self) -> Delivery:
        return self.deliveries[-1]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(delivery.id for delivery in self.deliveries)

    @property
    def count(self) -> int:
        return len(self.deliveries)

    @property
    def in_doubt(self) -> bool:
        """A call was begun for it and its outcome never written: by a worker that died, or because no answer came."""
        return self.first.intent_at is not None


def grouped(deliveries: Iterable[Delivery]) -> list[Message]:
    """In the order of their first deliveries. What is in doubt was one message and stays that one."""
    groups: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        same = delivery.client_msg_id if delivery.intent_at is not None else delivery.bundle or delivery.id
        groups.setdefault(same, []).append(delivery)
    return [Message(tuple(sorted(group, key=lambda delivery: delivery.id))) for group in groups.values()]
