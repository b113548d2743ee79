"""The kinds of records that rows of the field mapping tell apart."""

#: kind of record -> the kinds of rows that hold for it, the nearest first
HOLDING = {
    "any": ("any",),
    "res.partner": ("res.partner", "any"),
    "company": ("company", "res.partner", "any"),
    "mailing.contact": ("mailing.contact", "any"),
    "crm.lead": ("crm.lead", "any"),
}
#: kind of record -> its model; for all kinds together the fields of a contact count
MODELS = {
    "any": "res.partner",
    "res.partner": "res.partner",
    "company": "res.partner",
    "mailing.contact": "mailing.contact",
    "crm.lead": "crm.lead",
}
