//! What the parts of the player stand on: buffer, clock, what is in flight, and how it looks from outside.

use std::ops::Deref;

use abr::{LiveView, PlayerView, Track};
use media::Video;
use playbuf::{PlaybackBuffer, StallKind, State, Watcher};
use units::Seconds;

use crate::event::cause;
use crate::request::Tag;
use crate::scheduling::View;
use crate::{Event, InFlight, Observer, Options, RequestId, What};

/// How often a rule may wait or give up before the player stops asking: it must not hang a session.
pub(crate) const PATIENCE: u32 = 10_000;

/// One medium's place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lane {
    /// The first segment that is not in the buffer and has not been played.
    pub(crate) appended: usize,
    /// One behind the last segment that will be played.
    pub(crate) end: usize,
    /// The level of the last request that is over.
    pub(crate) last_level: Option<usize>,
}

/// Index of a medium's lane.
#[inline]
pub(crate) fn lane(track: Track) -> usize {
    match track {
        Track::Video => 0,
        Track::Audio => 1,
    }
}

#[derive(Debug)]
pub(crate) struct Core<V> {
    pub(crate) video: V,
    pub(crate) options: Options,
    pub(crate) buffer: PlaybackBuffer<Tag>,
    pub(crate) lanes: [Lane; 2],
    /// In the order of the requests.
    pub(crate) flights: Vec<InFlight>,
    /// Segments that came before one that plays earlier: track, segment, level.
    pub(crate) early: Vec<(Track, usize, usize)>,
    /// How many of the flights shall be given up.
    pub(crate) giving_up: usize,
    /// Time since the last question, as the driver tells it, and before that since time was last settled.
    pub(crate) since: Seconds,
    pub(crate) passed: Seconds,
    pub(crate) requests: RequestId,
    pub(crate) waited_full: Seconds,
    pub(crate) waited_rule: Seconds,
    pub(crate) stalled_before: Seconds,
    pub(crate) patience: u32,
}

/// Passes on to an observer what the buffer reports.
macro_rules! reporter {
    ($core:expr, $observer:expr) => {
        &mut $crate::core::Reporter { observer: $observer, video: &$core.video, position: $core.reached() }
    };
}
pub(crate) use reporter;

impl<V: Deref<Target = Video>> Core<V> {
    pub(crate) fn new(video: V, options: Options) -> Core<V> {
        let mut buffer = PlaybackBuffer::new(options.buffer);
        let mut lanes = [Lane { end: options.end(&video), ..Lane::default() }, Lane::default()];
        if let Some(edge) = video.edge(Seconds::ZERO) {
            // Where the viewer wants to be when they join.
            lanes[0].appended = video.segment_at(edge - options.target(&video)).min(lanes[0].end - 1);
        }
        if let Some(audio) = options.audio.and_then(|i| video.audio().get(i)) {
            buffer.companion();
            let end = video.start(lanes[0].end);
            lanes[1].appended = audio.track.segment_at(video.start(lanes[0].appended));
            lanes[1].end = (0..audio.track.segments()).take_while(|k| audio.track.start(*k) < end).count();
        }
        Core {
            video,
            options,
            buffer,
            lanes,
            flights: Vec::new(),
            early: Vec::new(),
            giving_up: 0,
            since: Seconds::ZERO,
            passed: Seconds::ZERO,
            requests: 0,
            waited_full: Seconds::ZERO,
            waited_rule: Seconds::ZERO,
            stalled_before: Seconds::ZERO,
            patience: PATIENCE,
        }
    }

    /// Time that has passed and is not settled.
    #[inline]
    pub(crate) fn pending(&self) -> Seconds {
        self.passed + self.since
    }

    /// What can be fetched of a track.
    #[inline]
    pub(crate) fn media(&self, track: Track) -> &Video {
        match (track, self.options.audio) {
            (Track::Audio, Some(i)) => self.video.audio().get(i).map_or(&self.video, |a| &a.track),
            _ => &self.video,
        }
    }

    /// The next segment of a track to ask for: not in the buffer, and not on its way.
    #[inline]
    pub(crate) fn next(&self, track: Track) -> usize {
        let mut next = self.lanes[lane(track)].appended;
        while (!self.flights.is_empty() || !self.early.is_empty()) && self.is_coming(track, next) {
            next += 1;
        }
        next
    }

    fn is_coming(&self, track: Track, segment: usize) -> bool {
        let flies = |f: &InFlight| {
            let r = &f.request;
            r.track == track && r.what == What::Media && r.segment == segment && f.giving_up.is_none()
        };
        self.flights.iter().any(flies) || self.early.iter().any(|e| (e.0, e.1) == (track, segment))
    }

    /// Media time that is shown now.
    pub(crate) fn position(&self) -> Seconds {
        self.reached() - self.buffer.level()
    }

    /// Media time up to which the picture is buffered.
    #[inline]
    pub(crate) fn reached(&self) -> Seconds {
        let partly: Seconds = self.flights.iter().map(|f| f.appended).sum();
        self.video.start(self.lanes[0].appended) + partly
    }

    /// How far the viewer is behind a live event, once time is settled.
    #[inline]
    pub(crate) fn live(&self) -> Option<LiveView> {
        self.video.edge(self.buffer.clock()).map(|edge| self.behind(edge))
    }

    #[cold]
    fn behind(&self, edge: Seconds) -> LiveView {
        LiveView { latency: edge - self.position(), target: self.options.target(&self.video) }
    }

    /// What a rule is shown once time is settled.
    #[inline]
    pub(crate) fn view(&self, track: Track) -> PlayerView<'_> {
        let buffer = match track {
            Track::Video => self.buffer.level(),
            Track::Audio => self.buffer.companion_level().unwrap_or(Seconds::ZERO),
        };
        PlayerView {
            now: self.buffer.clock(),
            video: self.media(track),
            segment: self.next(track),
            end: self.lanes[lane(track)].end,
            buffer,
            capacity: self.options.capacity,
            last_level: self.lanes[lane(track)].last_level,
            playing: self.buffer.state() == State::Playing,
            rate: self.buffer.rate(),
            track,
            in_flight: self.flights.len() as u32,
            live: self.live(),
        }
    }

    /// What a rule is shown of the picture while time is not settled.
    #[inline]
    pub(crate) fn view_now(&self) -> PlayerView<'_> {
        let pending = self.pending();
        let view = self.view(Track::Video);
        let buffer = self.buffer.level_after(pending);
        let live = view.live.map(|l| {
            let played = view.buffer - buffer;
            LiveView { latency: l.latency + pending - played, ..l }
        });
        PlayerView { now: view.now + pending, buffer, live, ..view }
    }

    /// What the scheduling is shown.
    #[inline]
    pub(crate) fn scheduling(&self, player: PlayerView<'_>) -> View<'_> {
        View {
            player: PlayerView { video: &self.video, ..player },
            options: &self.options,
            buffer: &self.buffer,
            flights: &self.flights,
            pending: self.pending(),
            appended: self.lanes[0].appended,
            audio: self.options.audio.map(|_| (self.media(Track::Audio), self.next(Track::Audio))),
            patience: self.patience,
            first: self.requests == 0,
        }
    }

    /// The scheduling's view once time is settled.
    #[inline]
    pub(crate) fn settled(&self) -> View<'_> {
        self.scheduling(self.view(Track::Video))
    }

    /// Where a request is in the table.
    #[inline]
    pub(crate) fn find(&self, id: RequestId) -> Option<usize> {
        self.flights.iter().position(|f| f.request.id == id)
    }

    /// Whether nothing of a flight is in the buffer yet.
    #[inline]
    pub(crate) fn is_whole(&self, index: usize) -> bool {
        self.flights[index].appended <= Seconds::ZERO
    }

    /// A request shall be given up.
    pub(crate) fn give_up(&mut self, index: usize, why: abr::Ending) {
        if self.flights[index].giving_up.is_none() {
            self.flights[index].giving_up = Some(why);
            self.giving_up += 1;
        }
    }
}

/// See [`reporter`].
pub(crate) struct Reporter<'a, O> {
    pub(crate) observer: &'a mut O,
    pub(crate) video: &'a Video,
    /// Media time that playback has reached when it stops.
    pub(crate) position: Seconds,
}

impl<O: Observer> Watcher<Tag> for Reporter<'_, O> {
    #[inline]
    fn started(&mut self, at: Seconds) {
        self.observer.event(at, &Event::Started);
    }

    #[inline]
    fn segment(&mut self, at: Seconds, &(segment, level): &Tag) {
        let (bitrate, duration) = (self.video.ladder().bitrate(level), self.video.duration(segment));
        self.observer.event(at, &Event::Plays { segment, level, bitrate, duration });
    }

    fn stalled(&mut self, at: Seconds, kind: StallKind, ran_dry: bool) {
        let event = Event::Stalled { cause: cause(kind), media: self.position, ran_dry };
        self.observer.event(at, &event);
    }

    fn resumed(&mut self, at: Seconds) {
        self.observer.event(at, &Event::Resumed);
    }

    #[inline]
    fn boundary(&mut self, at: Seconds) {
        self.observer.event(at, &Event::Boundary);
    }
}
