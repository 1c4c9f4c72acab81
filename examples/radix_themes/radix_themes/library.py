"""What the customers have had transcribed. An app has tables here."""

from dataclasses import dataclass

import billing_ui as bui

billing = bui.AsyncBilling(catalog="billing.toml")


@dataclass(frozen=True)
class Transcript:
    """One recording, as text."""

    title: str
    minutes: int
    language: str = "English"


library: dict[str, list[Transcript]] = {
    "hale_and_partners": [
        Transcript("Board meeting, November", 118),
        Transcript("Interview with the harbour master", 74, "Norwegian"),
        Transcript("Deposition, second day", 41),
        Transcript("Stand-up, week 47", 12),
    ],
    "lighthouse": [Transcript("Oral history, first evening", 190)],
    "fjord_radio": [Transcript("Morning show, Monday", 58, "Norwegian")],
}


async def count_what_is_there() -> None:
    """Count the minutes of what the library begins with: once, however often the app is started."""
    for customer_id, transcripts in library.items():
        await billing.create_customer(customer_id)
        for transcript in transcripts:
            await billing.track_usage(
                customer_id=customer_id,
                feature_key="transcription",
                quantity=transcript.minutes,
                idempotency_key=f"transcript:{transcript.title}",
            )
