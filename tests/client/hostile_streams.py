"""Every misbehaviour of `hostile_server.py` on the event stream and in the session refresh, by name."""

from __future__ import annotations

import asyncio
import functools
import zlib

from tests.client.hostile_routes import CONNECT, REFRESHES, SSE, STREAMS, USER, Peer, route

# Sessions.


@route("refresh-empty-object", REFRESHES)
async def _refresh_empty(peer: Peer) -> None:
    await peer.reply(200, {})


@route("refresh-list", REFRESHES)
async def _refresh_list(peer: Peer) -> None:
    await peer.reply(200, [])


@route("refresh-line-break", REFRESHES)
async def _refresh_line_break(peer: Peer) -> None:
    await peer.reply(200, {"token": "secret-part\r\nx-evil: 1", "record": USER})


@route("refresh-refused", REFRESHES)
async def _refresh_refused(peer: Peer) -> None:
    await peer.reply(401, {"message": "The request requires valid record authorization token."})


# The event stream.


@route("stream-comments-only", STREAMS)
async def _comments(peer: Peer) -> None:
    await peer.send(SSE + CONNECT)
    while not peer.writer.is_closing():
        await peer.send(b": still here\n\n")
        await asyncio.sleep(0.05)


@route("stream-comments-before-the-id", STREAMS)
async def _comments_first(peer: Peer) -> None:
    await peer.send(SSE)
    while not peer.writer.is_closing():
        await peer.send(b": not yet\n\n")
        await asyncio.sleep(0.05)


@route("stream-other-topics", STREAMS)
async def _other_topics(peer: Peer) -> None:
    await peer.send(SSE + CONNECT)
    while not peer.writer.is_closing():
        await peer.send(b'event:users/*\ndata:{"action":"update","record":{"id":"u"}}\n\n')
        await asyncio.sleep(0.02)


@route("stream-endless-event", STREAMS)
async def _endless_event(peer: Peer) -> None:
    await peer.send(SSE + CONNECT)
    await peer.endless((b"data:" + b"a" * 1000 + b"\n") * 64)


@route("stream-endless-line", STREAMS)
async def _endless_line(peer: Peer) -> None:
    await peer.send(SSE + CONNECT + b"data:")
    await peer.endless(b"a" * 65536)


@functools.cache
def _squeezed() -> tuple[bytes, bytes]:
    squeeze = zlib.compressobj(1, wbits=31)
    first = squeeze.compress(CONNECT + b"data:") + squeeze.flush(zlib.Z_SYNC_FLUSH)
    return first, squeeze.compress(b"a" * 50_000_000) + squeeze.flush()


@route("stream-gzip-bomb", STREAMS)
async def _stream_bomb(peer: Peer) -> None:
    first, bombed = _squeezed()
    await peer.send(SSE[:-2] + b"content-encoding: gzip\r\n\r\n" + first)
    await asyncio.sleep(0.1)
    await peer.send(bombed)
    await peer.reader.read()


@route("stream-without-id", STREAMS)
async def _no_id(peer: Peer) -> None:
    await peer.send(SSE + b"event:PB_CONNECT\ndata:{}\n\n")
    await peer.reader.read()


@route("stream-broken-event", STREAMS)
async def _broken_event(peer: Peer) -> None:
    await peer.send(SSE + CONNECT)
    await asyncio.sleep(0.2)
    await peer.send(b"event:qpus/*\ndata:{nonsense\n\nevent:quantum_jobs/job000000000001\ndata:[[[\n\n")
    await peer.reader.read()


@route("stream-deep-event", STREAMS)
async def _deep_event(peer: Peer) -> None:
    await peer.send(SSE + CONNECT)
    await asyncio.sleep(0.2)
    for topic in (b"qpus/*", b"quantum_jobs/job000000000001"):
        await peer.send(b"event:" + topic + b"\ndata:" + b"[" * 100_000 + b"\n\n")
    await peer.reader.read()


@route("stream-ends-at-once", STREAMS)
async def _ends(peer: Peer) -> None:
    await peer.send(SSE)
    peer.keep = False


@route("stream-page", STREAMS)
async def _stream_page(peer: Peer) -> None:
    await peer.reply(200, b"<html>Sign in</html>", kind="text/html")


@route("stream-401", STREAMS)
async def _stream_401(peer: Peer) -> None:
    await peer.reply(401, {"message": "Who?"})


@route("stream-subscribe-refused", STREAMS)
async def _subscribe_refused(peer: Peer) -> None:
    if peer.method == "POST":
        await peer.reply(403, {"message": "The current and the previous request authorization don't match."})
        return
    await peer.send(SSE + CONNECT)
    await peer.reader.read()


@route("stream-subscribe-silent", STREAMS)
async def _subscribe_silent(peer: Peer) -> None:
    if peer.method == "GET":
        await peer.send(SSE + CONNECT)
    await peer.reader.read()


@route("stream-silent", STREAMS)
async def _stream_silent(peer: Peer) -> None:
    await peer.reader.read()


@route("stream-drips", STREAMS)
async def _stream_drips(peer: Peer) -> None:
    await peer.send(SSE + CONNECT)
    await peer.drip(b"event:users/*\ndata:{}\n\n", 0.02)
