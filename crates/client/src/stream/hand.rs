//! What has come is handed on: the picture, and the sound beside it on a way of its own.

use abr::Track;
use bytes::Bytes;
use player::Ended;
use units::Seconds;

use super::{Piece, Playing};
use crate::ClientError;

impl Playing {
    /// A segment is here, or a part of it.
    pub(super) fn arrive(&mut self, chunk: &str, node: Option<usize>) -> Result<(), ClientError> {
        let Some(segment) = self.segments.get_mut(chunk) else { return Ok(()) };
        self.flights.forget(chunk);
        let data = self.arrived.remove(chunk).unwrap_or_default();
        let (request, piece) = (segment.request, segment.piece);
        if let Some(node) = node {
            self.nodes_of.insert(request.id, node);
            if request.track == Track::Video {
                self.sources.insert(request.segment, node);
            }
        }
        if let Piece::Part(_) = piece {
            segment.here.extend(data);
            segment.parts += 1;
            if !self.appended_part(chunk)? {
                return Ok(());
            }
        } else {
            segment.here = data;
        }
        self.arrive_whole(chunk)
    }

    /// All of a segment is here.
    pub(super) fn arrive_whole(&mut self, chunk: &str) -> Result<(), ClientError> {
        let Some(segment) = self.segments.remove(chunk) else { return Ok(()) };
        let (request, data) = (segment.request, segment.here);
        self.tell()?;
        self.watch.arrived = false;
        self.player.ended(request.id, Ended::Whole, &mut self.watch);
        if self.watch.arrived {
            let medium = usize::from(request.track == Track::Audio);
            let video = self.medium(request.track).of(&self.video);
            let way = &mut self.ways[medium];
            if let Some(to) = self.watch.jumped[medium].take() {
                let to = self.video.start(self.video.segment_at(to));
                way.handed_on = way.handed_on.jumped(video.segment_at(to));
            }
            // Where media cannot be handed on, playback ends, with its record.
            if let Err(problem) = way.put(request.segment, request.level, Bytes::from(data)) {
                self.problem.get_or_insert(problem.to_string());
            }
        }
        self.published = Seconds::new(-1.0);
        Ok(())
    }
}
