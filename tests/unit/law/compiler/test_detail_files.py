"""The two files are read and written back byte for byte, in the order of the ordinance."""

from dataclasses import replace
from datetime import date

from renkei.law.compiler.detail_files import written_details, written_procedures
from renkei.law.dated import Dated
from renkei.law.detail_facts import detail, procedure, table
from renkei.law.details import shipped

FILES = shipped()
DETAILS = table("details.tsv", FILES, detail)
DAY = date(2030, 4, 1)


def test_the_shipped_files_are_read_and_written_back() -> None:
    assert written_procedures(table("procedures.tsv", FILES, procedure)) == FILES["procedures.tsv"]
    assert written_details(reversed(DETAILS)) == FILES["details.tsv"]


def test_places_stand_in_the_order_of_the_ordinance() -> None:
    subs = ["", "イ", "イ（１）", "イ（２）", "イ（１０）", "ロ", "ヲ", "ン"]
    rows = [Dated(replace(DETAILS[0].sense, sub=sub), DAY) for sub in reversed(subs)]
    lines = written_details(rows).decode().splitlines()[1:]
    assert [line.split("\t")[3] for line in lines] == subs


def test_of_one_place_the_older_stands_first() -> None:
    sense = DETAILS[0].sense
    rows = [Dated(sense, date(2031, 4, 1)), Dated(sense, DAY, date(2030, 5, 1))]
    lines = written_details(rows).decode().splitlines()[1:]
    assert [line.split("\t")[-2:] for line in lines] == [["2030-04-01", "2030-05-01"], ["2031-04-01", ""]]
