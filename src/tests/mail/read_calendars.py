"""Reads calendar files with icalendar, and prints what a calendar program would know, as JSON.

    read_calendars.py FILE...

A file that breaks RFC 5545 ends it with the reason.
"""

import json
import sys

from icalendar import Calendar


def read(path):
    with open(path, "rb") as file:
        calendar = Calendar.from_ical(file.read())
    (event,) = calendar.walk("VEVENT")
    broken = [f"{name}: {problem}" for part in calendar.walk() for name, problem in part.errors]
    if broken:
        raise ValueError("; ".join(broken))

    def moment(name):
        value = event.decoded(name)
        if value.utcoffset() is None or value.utcoffset().total_seconds() != 0:
            raise ValueError(f"{name} is not in UTC")
        return int(value.timestamp())

    def text(name):
        return str(event[name]) if name in event else ""

    attendees = event.get("ATTENDEE", [])
    return {
        "version": str(calendar["VERSION"]),
        "method": str(calendar["METHOD"]),
        "uid": text("UID"),
        "sequence": int(event["SEQUENCE"]),
        "stamp": moment("DTSTAMP"),
        "start": moment("DTSTART"),
        "end": moment("DTEND"),
        "status": text("STATUS"),
        "summary": text("SUMMARY"),
        "location": text("LOCATION"),
        "description": text("DESCRIPTION"),
        "organizer": text("ORGANIZER"),
        "organizer_name": str(event["ORGANIZER"].params.get("CN", "")),
        "attendees": [str(one) for one in (attendees if isinstance(attendees, list) else [attendees])],
        "alarms": [int(alarm.decoded("TRIGGER").total_seconds()) for alarm in event.walk("VALARM")],
    }


print(json.dumps([read(path) for path in sys.argv[1:]]))
