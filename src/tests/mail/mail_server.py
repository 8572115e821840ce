"""A mail server that does what a script says, and writes down every message that it took.

    mail_server.py PORT SCRIPT LOG

PORT 0 takes a free one; the port is printed when the server listens. SCRIPT is read again for every recipient:

    {"recipients": {"address": "550 5.1.1 No such user"}, "turns": ["250", "451 later", "drop before"]}

A recipient with an answer of its own always gets it. The others take the turns one after the other, again and again:

    250            take it
    slow           take it, and say so after a while
    4xx or 5xx     say this line when the message has come
    drop before    end the connection before the message comes
    drop after     end it when the message has come, without taking it
    keep and drop  take it, and end the connection instead of saying so
    hang           take it, and never answer

LOG gets a line "MESSAGE-ID RECIPIENT TURN" for each message that was taken, before the answer.
"""

import asyncio
import email
import json
import os
import sys

from aiosmtpd.smtp import SMTP

SLOW = 0.15


class Script:
    def __init__(self, script, log):
        self.script = script
        self.log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.turn = 0

    def next_turn(self, recipient):
        with open(self.script, encoding="utf-8") as file:
            script = json.load(file)
        if recipient in script["recipients"]:
            return script["recipients"][recipient]
        turn = script["turns"][self.turn % len(script["turns"])]
        self.turn += 1
        return turn

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.turn = self.next_turn(address)
        if envelope.turn == "drop before":
            server.transport.abort()
        elif envelope.turn.startswith("550"):
            return envelope.turn
        envelope.rcpt_tos.append(address)
        return "250 go on"

    async def handle_DATA(self, server, session, envelope):
        turn = envelope.turn
        if turn[0] in "45":
            return turn
        if turn == "drop after":
            server.transport.abort()
            return "250 nobody hears this"
        self.keep(envelope)
        if turn == "keep and drop":
            server.transport.abort()
        elif turn == "slow":
            await asyncio.sleep(SLOW)
        elif turn == "hang":
            await asyncio.sleep(3600)
        return "250 taken"

    def keep(self, envelope):
        message = email.message_from_bytes(envelope.content)
        line = f"{message['Message-ID']} {envelope.rcpt_tos[0]} {envelope.turn}\n"
        os.write(self.log, line.encode())


async def main(port, script, log):
    handler = Script(script, log)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, hostname="sink", loop=loop), "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
