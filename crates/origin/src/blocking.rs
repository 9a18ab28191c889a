//! Blocking playlist reloads (draft-pantos-hls-rfc8216bis-18, 6.2.5.2): an answer that waits until the playlist has what the query names.

use hyper::StatusCode;
use units::Seconds;

use crate::synthetic::Synthetic;

/// A request that gets no playlist: a status, and why.
pub(crate) type Refusal = (StatusCode, &'static str);

/// How far ahead of the list a segment may be asked for.
const SEGMENTS_AHEAD: usize = 2;

/// How long an answer may wait, in target durations.
const PATIENCE: f64 = 3.0;

/// When the playlist of a picture has what a query asks for: a segment (`_HLS_msn`), or a part of it (`_HLS_part`). A playlist has a
/// segment at least. Where the list of a stream is complete, or has no parts, the query says nothing.
pub(crate) fn listed_at(content: &Synthetic, query: &str, now: Seconds) -> Result<Seconds, Refusal> {
    let video = content.video();
    let first = now.max(video.available_at(0));
    let (end, parts) = content.there(first);
    let Some((target, chunks)) = content.part_target().zip(content.live()).filter(|_| end < video.segments())
    else {
        return Ok(first);
    };
    let (number, index) = (directive(query, "_HLS_msn")?, directive(query, "_HLS_part")?);
    let (segment, part) = match (number, index) {
        (None, None) => return Ok(first),
        (None, Some(_)) => {
            return Err((StatusCode::BAD_REQUEST, "_HLS_part needs _HLS_msn, the number of its segment\n"));
        }
        // A whole segment is there with its last part.
        (Some(segment), None) => (segment, chunks - 1),
        // Behind the last part of a segment the first of the next is meant.
        (Some(segment), Some(part)) if part >= chunks => (segment.saturating_add(1), 0),
        (Some(segment), Some(part)) => (segment, part),
    };
    let last = if parts > 0 { end } else { end.saturating_sub(1) };
    if segment > last + SEGMENTS_AHEAD {
        return Err((StatusCode::BAD_REQUEST, "_HLS_msn is more than two segments ahead of the list\n"));
    }
    // The Advance Part Limit.
    let limit = if target >= Seconds::new(1.0) { 3.0 } else { (3.0 / target.get()).ceil() };
    let ahead = (segment * chunks + part) as f64 - (end * chunks + parts) as f64 + 1.0;
    if index.is_some() && ahead > limit {
        return Err((StatusCode::BAD_REQUEST, "_HLS_part is too far ahead of the list\n"));
    }
    let at = match segment < video.segments() {
        true => content.chunk_at(segment, part, chunks),
        // The list is complete before.
        false => video.available_at(video.segments() - 1),
    };
    if at - now > video.longest_segment() * PATIENCE {
        return Err((StatusCode::SERVICE_UNAVAILABLE, "the segment is late\n"));
    }
    Ok(at.max(first))
}

/// A delivery directive of a query, if it has it.
fn directive(query: &str, name: &str) -> Result<Option<usize>, Refusal> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let Some((_, value)) = pairs.find(|(key, _)| *key == name) else { return Ok(None) };
    let digits = !value.is_empty() && value.len() <= 9 && value.bytes().all(|b| b.is_ascii_digit());
    match value.parse() {
        Ok(number) if digits => Ok(Some(number)),
        _ => Err((StatusCode::BAD_REQUEST, "_HLS_msn and _HLS_part are whole numbers below 10^9\n")),
    }
}
