//! A live event while it is played: its playlists, which the player wants to be read again, and what nobody has any more.

use std::sync::Arc;

use bytes::Bytes;
use player::{Ended, Request, RequestId};
use units::Seconds;

use super::{Playing, Segment};
use crate::ClientError;
use crate::clock::Clock;
use crate::live::Event;

impl Playing {
    /// Asks for a playlist, healthy nodes first.
    pub(super) fn begin_playlist(&mut self, request: &Request) {
        let now = self.clock.now();
        let mut nodes: Vec<usize> = (0..self.found.replicas.len()).collect();
        nodes.sort_by_key(|n| !self.monitor.healthy(*n, now));
        let place = |n: usize| Some((n, self.found.replicas[n].playlist(&self.video, request.level)?));
        let mut places: Vec<(usize, String)> = nodes.into_iter().filter_map(place).collect();
        let listings = self.found.live.as_mut().and_then(Event::listings);
        if let Some(directives) = listings.and_then(|l| l.directives(&self.video, request.level)) {
            // Who does not answer this is asked without it.
            let held = |(node, url): &(usize, String)| {
                let sign = if url.contains('?') { '&' } else { '?' };
                (*node, format!("{url}{sign}{directives}"))
            };
            places = places.iter().map(held).chain(places.iter().cloned()).collect();
        }
        let headers = self.told_with(None, request.buffer);
        let held = self.video.listing().map_or(Seconds::ZERO, |l| l.reload);
        self.flights.playlist(request.id, places, headers, held);
    }

    /// A playlist is here, or is not to be had.
    pub(super) fn take_playlist(
        &mut self,
        id: RequestId,
        came: Option<(usize, Bytes)>,
    ) -> Result<(), ClientError> {
        self.tell()?;
        let Some(&request) = self.player.request(id) else { return Ok(()) };
        let mut ended = Ended::Failed;
        if let Some((node, text)) = came {
            self.bytes += text.len() as u64;
            self.nodes_of.insert(id, node);
            let listings = self.found.live.as_mut().and_then(Event::listings);
            if let Some(video) = listings.and_then(|l| l.take(&self.video, request.level, &text)) {
                if video.total_duration() > self.video.total_duration() {
                    self.news_at = self.clock.now();
                }
                self.video = Arc::new(video);
                self.player.listed(self.video.clone(), &mut self.watch);
                ended = Ended::Whole;
                self.go_on_in_parts()?;
            }
        }
        self.player.ended(id, ended, &mut self.watch);
        Ok(())
    }

    /// Whether everything has been played that is listed of a live event which goes on.
    pub(super) fn waits_for_list(&self) -> bool {
        let view = self.player.view();
        self.video.listing().is_some_and(|l| l.open)
            && view.segment >= view.end
            && view.buffer <= Seconds::ZERO
    }

    /// Whether nobody has a segment any more that is asked for: it has left the window of a live event.
    pub(super) fn is_gone(&self, chunk: &str) -> bool {
        let of = |s: &Segment| self.medium(s.request.track).of(&self.video).gone_at(s.request.segment);
        let gone = |s: &Segment| of(s) <= self.player.now();
        self.segments.get(chunk).is_some_and(gone)
    }

    /// What has failed and is gone is asked for no more; the player goes on where it can.
    pub(super) fn leave_out(&mut self, chunk: &str) -> Result<(), ClientError> {
        let Some(id) = self.segments.get(chunk).map(|s| s.request.id) else { return Ok(()) };
        self.tell()?;
        // What parts of it were shown stays shown.
        let ended = if self.is_shown(chunk) { Ended::Failed } else { Ended::Cancelled };
        self.give_up_segment(id);
        self.player.ended(id, ended, &mut self.watch);
        self.published = Seconds::new(-1.0);
        Ok(())
    }
}
