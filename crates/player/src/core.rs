//! What the parts of the player stand on: buffer, clock, and what is in flight. How it looks from outside is
//! [`View`](crate::scheduling::View).

use abr::Track;
use media::Video;
use playbuf::{BufferObserver, PlaybackBuffer, StallCause};
use units::Seconds;

use crate::event::cause;
use crate::request::Tag;
use crate::{Event, InFlight, Observer, Options, RequestId};

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
pub(crate) struct Core {
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
    ($video:expr, $core:expr, $observer:expr) => {
        &mut $crate::core::Reporter {
            observer: $observer,
            video: &$video,
            flights: &$core.flights,
            appended: $core.lanes[0].appended,
            left: None,
        }
    };
}
pub(crate) use reporter;

impl Core {
    pub(crate) fn new(video: &Video, options: Options) -> Core {
        let mut buffer = PlaybackBuffer::new(options.buffer);
        let mut lanes = [Lane { end: options.end(video), ..Lane::default() }, Lane::default()];
        if let Some(edge) = video.edge(Seconds::ZERO) {
            // Where the viewer wants to be when they join.
            lanes[0].appended = video.segment_at(edge - options.target(video)).min(lanes[0].end - 1);
        }
        if let Some(audio) = options.audio.and_then(|i| video.audio().get(i)) {
            buffer.companion();
            let end = video.start(lanes[0].end);
            lanes[1].appended = audio.track.segment_at(video.start(lanes[0].appended));
            lanes[1].end = (0..audio.track.segments()).take_while(|k| audio.track.start(*k) < end).count();
        }
        Core {
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

    /// The next segment of a track to ask for: not in the buffer, and not on its way.
    #[inline]
    pub(crate) fn next(&self, track: Track) -> usize {
        let appended = self.lanes[lane(track)].appended;
        match &self.flights[..] {
            [] if self.early.is_empty() => appended,
            [only] if self.early.is_empty() => appended + usize::from(only.brings(track, appended)),
            _ => self.next_behind(track, appended),
        }
    }

    /// The same, with a segment that may be in a table.
    #[cold]
    fn next_behind(&self, track: Track, mut next: usize) -> usize {
        while self.flights.iter().any(|f| f.brings(track, next))
            || self.early.iter().any(|e| (e.0, e.1) == (track, next))
        {
            next += 1;
        }
        next
    }

    /// The level to stay on: that of the last request of a track that is over.
    #[inline]
    pub(crate) fn last_level(&self, track: Track) -> usize {
        self.lanes[lane(track)].last_level.unwrap_or(0)
    }

    #[inline]
    pub(crate) fn find(&self, id: RequestId) -> Option<usize> {
        match &self.flights[..] {
            // Nearly always.
            [only] => (only.request.id == id).then_some(0),
            all => all.iter().position(|f| f.request.id == id),
        }
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
    pub(crate) flights: &'a [InFlight],
    /// The first segment of the picture that is not in the buffer.
    pub(crate) appended: usize,
    /// The media time that a seek leaves.
    pub(crate) left: Option<Seconds>,
}

/// Media time up to which the picture is buffered.
#[inline]
pub(crate) fn reached(video: &Video, flights: &[InFlight], appended: usize) -> Seconds {
    let partly: Seconds = flights.iter().map(|f| f.appended).sum();
    video.start(appended) + partly
}

impl<O: Observer> BufferObserver<Tag> for Reporter<'_, O> {
    #[inline]
    fn started(&mut self, at: Seconds) {
        self.observer.event(at, &Event::Started);
    }

    #[inline]
    fn segment(&mut self, at: Seconds, &(segment, level): &Tag) {
        let (bitrate, duration) = (self.video.ladder().bitrate(level), self.video.duration(segment));
        self.observer.event(at, &Event::Plays { segment, level, bitrate, duration });
    }

    fn stalled(&mut self, at: Seconds, kind: StallCause, ran_dry: bool) {
        // A buffer that runs dry has been played to its end.
        let media = self.left.unwrap_or_else(|| reached(self.video, self.flights, self.appended));
        let event = Event::Stalled { cause: cause(kind), media, ran_dry };
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
