//! A segment that is fetched part by part while it is made: the playlist says which parts are there.

use units::{Bits, Seconds};

use super::{Piece, Playing, Segment};
use crate::ClientError;
use crate::clock::Clock;
use crate::scheduler::Chunk;

impl Playing {
    /// What comes next of a segment when so many of its parts are here; None: it is complete.
    fn piece(&self, segment: usize, level: usize, here: usize) -> Option<Piece> {
        let addresses = self.video.addresses()?;
        let is_whole = addresses.media(segment, level).is_some();
        let is_last = |c: media::Chunk| c.media >= self.video.duration(segment);
        match self.video.chunk(segment, level, here) {
            // Nothing of it was fetched in parts: it comes at once.
            _ if is_whole && here == 0 => Some(Piece::Whole),
            Some(_) => Some(Piece::Part(here)),
            None if !is_whole => Some(Piece::Unlisted),
            None if self.video.chunk(segment, level, here - 1).is_some_and(is_last) => None,
            // The rest is not listed in parts, or not any more.
            None => Some(Piece::Whole),
        }
    }

    /// Asks for what comes next of a segment, unless that is not there yet. True: all of it is here.
    pub(super) fn fetch_next(&mut self, name: &str) -> bool {
        let Some(segment) = self.segments.get(name) else { return false };
        let request = segment.request;
        let of_picture = request.track == abr::Track::Video;
        let piece = match of_picture.then(|| self.piece(request.segment, request.level, segment.parts)) {
            Some(None) if segment.parts > 0 => return true,
            Some(Some(piece)) => piece,
            _ => Piece::Whole,
        };
        let size = match piece {
            Piece::Part(_) => None,
            _ => Some(request.size.bytes() as u64),
        };
        if let Some(segment) = self.segments.get_mut(name) {
            segment.piece = piece;
        }
        if !matches!(piece, Piece::Unlisted) {
            self.scheduler.download_chunk(Chunk {
                id: name.to_string(),
                replicas: match &self.steering {
                    Some(steering) => steering.order().to_vec(),
                    None => (0..self.monitor.len()).collect(),
                },
                size,
                deadline: self.clock.now() + request.buffer,
            });
        }
        false
    }

    /// A part of a segment is here: it is shown to the player, and the next is asked for. True: it was the last.
    pub(super) fn appended_part(&mut self, name: &str) -> Result<bool, ClientError> {
        self.tell()?;
        let Some(id) = self.segments.get(name).map(|s| s.request.id) else { return Ok(false) };
        self.player.received(id, self.received(name), &mut self.watch);
        Ok(self.fetch_next(name))
    }

    /// More is listed: what waited for it goes on.
    pub(super) fn go_on_in_parts(&mut self) -> Result<(), ClientError> {
        let waits = |(name, s): (&String, &Segment)| matches!(s.piece, Piece::Unlisted).then(|| name.clone());
        for name in self.segments.iter().filter_map(waits).collect::<Vec<_>>() {
            if self.fetch_next(&name) {
                self.arrive_whole(&name)?;
            }
        }
        Ok(())
    }

    /// What of a segment is here that comes in parts, by its nominal size: its parts, and of the next as much as has come, which is not
    /// all of it before its end.
    pub(super) fn received_in_parts(&self, segment: &Segment, coming: u64) -> Bits {
        let (of, level) = (segment.request.segment, segment.request.level);
        let until = |parts: usize| {
            parts.checked_sub(1).and_then(|last| self.video.chunk(of, level, last)).map(|c| c.size)
        };
        let here = until(segment.parts).unwrap_or(Bits::ZERO);
        let next = until(segment.parts + 1).unwrap_or(here);
        let byte = Bits::from_bytes(1.0);
        here + Bits::from_bytes(coming as f64).min((next - here - byte).max(Bits::ZERO))
    }

    /// Whether something of a segment has been appended that is still coming.
    pub(super) fn is_shown(&self, name: &str) -> bool {
        self.segments.get(name).is_some_and(|s| s.parts > 0)
    }

    /// How long what is asked for of a segment plays.
    pub(super) fn piece_duration(&self, segment: &Segment) -> Seconds {
        let request = &segment.request;
        let parts = self.video.addresses().map_or(&[][..], |a| a.parts(request.segment, request.level));
        match segment.piece {
            Piece::Part(index) if index < parts.len() => parts[index].duration,
            _ => self.medium(request.track).of(&self.video).duration(request.segment),
        }
    }
}
