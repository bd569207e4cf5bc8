"""The faults as the handset page offers them, in plain words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Switch:
    """One control: `kind` is yes, no (on when the fault is false), seconds, share or choice."""

    key: str
    swahili: str
    english: str
    kind: str = "yes"
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    swahili: str
    english: str
    switches: tuple[Switch, ...]


GROUPS = (
    Group(
        "Watoa huduma",
        "Send the service's messages",
        (
            Switch("down", "Mtandao umezimika", "API is down (503)"),
            Switch(
                "down_provider",
                "Mmoja amezimika",
                "One provider is down",
                "choice",
                (("africastalking", "Africa's Talking"), ("twilio", "Twilio")),
            ),
            Switch(
                "error_status",
                "Anajibu kwa kosa",
                "An HTTP error",
                "choice",
                (("400", "400"), ("401", "401"), ("429", "429"), ("500", "500"), ("502", "502")),
            ),
            Switch(
                "recipient_code",
                "Anakataa ujumbe",
                "Refuses messages",
                "choice",
                (
                    ("402", "402 jina la mtumaji"),
                    ("403", "403 namba mbovu"),
                    ("405", "405 salio"),
                    ("406", "406 aliyejitoa"),
                    ("407", "407 hakuna njia"),
                    ("500", "500 hitilafu"),
                ),
            ),
            Switch(
                "twilio_code",
                "Twilio inakataa",
                "Twilio refuses messages",
                "choice",
                (
                    ("20429", "20429 mengi mno"),
                    ("21211", "21211 namba mbovu"),
                    ("21212", "21212 namba ya mtumaji"),
                    ("21408", "21408 nchi imefungwa"),
                    ("21610", "21610 aliyejitoa"),
                    ("21611", "21611 foleni imejaa"),
                ),
            ),
            Switch("answer_delay_s", "Anachelewa kujibu", "Answers late", "seconds"),
            Switch("hang", "Anatuma, hajibu", "Delivers, never answers"),
            Switch("nonsense", "Anajibu upuuzi", "Answers 201 with rubbish"),
        ),
    ),
    Group(
        "Ujumbe na risiti",
        "Messages and delivery receipts",
        (
            Switch("lose_sms", "Ujumbe unapotea", "Accepted, never delivered", "share"),
            Switch("lose_receipts", "Risiti zinapotea", "Receipts are lost", "share"),
            Switch("receipt_delay_s", "Risiti zinachelewa", "Receipts come late", "seconds"),
            Switch("duplicate_receipts", "Risiti mara mbili", "Each receipt twice", "share"),
            Switch("disorder_receipts", "Risiti bila mpangilio", "Success before Sent", "share"),
            Switch(
                "receipt_before_answer",
                "Risiti kabla ya jibu",
                "Receipt before the answer",
                "share",
            ),
            Switch(
                "receipt_status",
                "Risiti inasema",
                "The final receipt",
                "choice",
                (
                    ("Rejected", "Rejected: imekataliwa"),
                    ("Failed", "Failed: imeshindikana"),
                    ("Expired", "Expired: muda umeisha"),
                    ("AbsentSubscriber", "AbsentSubscriber: hayupo"),
                    ("Buffered", "Buffered: inasubiri"),
                ),
            ),
        ),
    ),
    Group(
        "Simu za sauti",
        "Calls",
        (
            Switch("final_only", "Haipokelewi kamwe", "Never answered: only the last word"),
            Switch("double_finals", "Taarifa ya mwisho mara mbili", "The last word twice"),
            Switch("replay_hooks", "Maombi ya zamani tena", "Old requests once more"),
            Switch("missing_fields", "Taarifa pungufu", "Fields are missing"),
            Switch("finish_key_in_digits", "Tarakimu zenye reli", "Digits with the finish key"),
            Switch(
                "call_state",
                "Hali isiyojulikana",
                "A state nobody knows",
                "choice",
                (("Parked", "Parked"), ("Expired", "Expired"), ("Transferred", "Transferred")),
            ),
            Switch(
                "caller_name",
                "Mpigaji",
                "Who calls",
                "choice",
                (("withheld", "amejificha"), ("sip", "SIP"), ("client", "programu")),
            ),
            Switch(
                "call_refusal",
                "Anakataa kupiga",
                "Refuses to call",
                "choice",
                (
                    ("InvalidPhoneNumber", "namba mbovu"),
                    ("DestinationNotSupported", "nchi imefungwa"),
                    ("InsufficientCredit", "salio"),
                    ("InvalidCallerId", "namba ya mpigaji"),
                ),
            ),
            Switch("empty_recordings", "Rekodi tupu", "Recordings of 0 s"),
            Switch("lose_recordings", "Rekodi zinapotea", "Recordings are lost", "share"),
            Switch("recording_missing_s", "Rekodi huchelewa", "Recordings are late", "seconds"),
        ),
    ),
    Group(
        "USSD na simu",
        "USSD and what phones send",
        (
            Switch("session_limit_s", "Kikao hukatwa", "Session is cut after", "seconds"),
            Switch("duplicate_hooks", "Kila ombi mara mbili", "Each hook is called twice", "share"),
            Switch("hop_metadata", "Bila kumbukumbu ya hatua", "No hop metadata", "no"),
            Switch("end_events", "Bila taarifa ya kikao", "No end-of-session event", "no"),
            Switch("end_event_delay_s", "Taarifa huchelewa", "End event is late", "seconds"),
        ),
    ),
)
