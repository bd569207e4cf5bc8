"""Why the network does not do what it was asked; the blueprint turns these into answers."""


class Refused(ValueError):
    """The request is wrong; the message says how, in one line. Answered with 400."""


class Busy(RuntimeError):
    """Too many are being served at this moment; asking again will do. Answered with 503."""
