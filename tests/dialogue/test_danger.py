"""Which words may tell of somebody in danger, and which are everyday ones of an office."""

import pytest

from callcentre.dialogue import danger


@pytest.mark.parametrize(
    "words",
    [
        "Mume wangu ananipiga kila siku",
        "MUME WANGU ANANIPIGA!",
        "Jirani amembaka mtoto wa miaka nane",
        "Wananitishia kuniua nikisema",
        "Nataka kujiua, nimechoka",
        "Ana kisu na yupo mlangoni",
        "Mtoto anavuja damu shuleni",
        "Tumefungiwa ndani na mwajiri",
        "Nipo hatarini, niokoeni",
        "My husband beats me every night",
        "He says he will kill me",
    ],
)
def test_these_may_tell_of_danger(words: str) -> None:
    assert danger.is_said(words)


@pytest.mark.parametrize(
    "words",
    [
        "Kisima cha Dumila kimeharibika tangu Juni",
        "Hospitali haina damu ya kutosha",
        "Ananipigia simu kila siku kuomba rushwa",
        "Tunaomba mpange foleni, panga vizuri",
        "Maiti zinakaa siku nne bila huduma",
        "Bakari wa ofisi ya ardhi anaomba rushwa",
        "Barabara ya Pangani ni mbovu",
        "Nyumba yangu inataka kupigwa mnada",
        "Wakulima wa kisukuku wamekosa mbegu",
        "The skills office is closed",
        "Begonia shop has no licence",
    ],
)
def test_these_do_not(words: str) -> None:
    assert not danger.is_said(words)
