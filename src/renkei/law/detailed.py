"""What a detail article says under a row: for which procedure, which information exactly, and whose."""

from datetime import date

from renkei.law.details import Details
from renkei.law.rows import Row
from renkei.messages.law import DetailUse, Named
from renkei.terms.affairs import InformationKind


def detailed(details: Details, row: Row, kind: InformationKind, on: date) -> tuple[DetailUse, ...]:
    """Every place of the row's detail article that names information of the kind that day, in the article's order.

    Empty for a row of 別表第二: its details stood in another ordinance, which is not held.
    """
    if row.article is None:
        return ()
    return tuple(
        DetailUse(
            kind=kind,
            place_ja=procedure.place.ja,
            place_en=procedure.place.en,
            procedure_ja=details.label(procedure).ja,
            procedure_en=details.label(procedure).en,
            whose_ja=details.whose(detail).ja,
            whose_en=details.whose(detail).en,
            information=tuple(
                Named(id=each.id, ja=each.name.ja, en=each.name.en) for each in details.of_kind(detail, kind)
            ),
        )
        for procedure, detail in details.naming(row.item, kind, on)
        if procedure.article == row.article
    )
