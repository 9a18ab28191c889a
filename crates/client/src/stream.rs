//! The sans-IO player over real HTTP: DASH and HLS, from one origin or from several that have the same video.
//!
//! The player decides what to fetch and when, as in a simulation; the scheduler decides where from, and what to do when it does not
//! come; this file only carries words between them, the sockets and the clock.

mod hand;
mod live;
mod parts;
mod shown;
mod way;

use std::collections::BTreeMap;
use std::sync::Arc;

use abr::{Attention, BoxedRule, Track};
use media::{SizeSource, Video};
use player::scheduling::Reloading;
use player::{Action, Ended, Look, Options, Plain, Player, Request, RequestId, What};
use units::{Bits, Seconds};

use crate::ClientError;
use crate::clock::{Clock, WallClock, duration, until};
use crate::cmcd::{self, Cmcd};
use crate::cmsd::{Cap, Capped, Cmsd};
use crate::config::{Choice, Config};
use crate::flights::{Flights, News};
use crate::http::{Header, Http, Wanted, hex, join, origin_of};
use crate::listing::Listings;
use crate::live::Event;
use crate::manifest::{self, Found, Medium};
use crate::monitor::NetworkMonitor;
use crate::report::{Report, Transport};
use crate::scheduler::{ChunkScheduler, Failure, Order};
use crate::sink::Sink;
use crate::status::Feed;
use crate::steering::Steering;
use crate::watch::Watch;
use way::Way;

/// How a video of DASH or HLS is played.
pub struct Streaming {
    /// The manifests; several are replicas of one video.
    pub urls: Vec<String>,
    pub rule: BoxedRule,
    pub player: Options,
    /// Nodes and requests. Of the buffer only the low-water mark is read, for the dashboard: the player has its own.
    pub config: Config,
    /// Where media go.
    pub sink: Sink,
    /// Who is told.
    pub feed: Feed,
    /// Play so much media at most.
    pub limit: Option<Seconds>,
}

/// What of a segment is asked for, or comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// All of it.
    Whole,
    /// One of its parts.
    Part(usize),
    /// A part that is not listed yet.
    Unlisted,
}

struct Segment {
    request: Request,
    first_byte: bool,
    begun: Seconds,
    /// When the player looks at it next.
    look: Seconds,
    /// What of it is asked for.
    piece: Piece,
    /// How many parts of it are here, where it comes in parts, and their bytes.
    parts: usize,
    here: Vec<u8>,
}

struct Playing {
    clock: WallClock,
    video: Arc<Video>,
    player: Player<Arc<Video>, Capped<BoxedRule>, Reloading>,
    /// The highest bitrate that the server suggests; the rule has it, too.
    cap: Cap,
    /// What every node told last.
    told_by: BTreeMap<usize, Cmsd>,
    watch: Watch,
    /// The time of the player: it is told of no more than it said it would wait for, before it is asked again.
    told: Seconds,
    /// When the player was last asked, on its own time, and how long it waits at most.
    asked: Seconds,
    most: Seconds,
    monitor: NetworkMonitor,
    scheduler: ChunkScheduler,
    flights: Flights,
    found: Found,
    config: Config,
    steering: Option<Steering>,
    feed: Feed,
    segments: BTreeMap<String, Segment>,
    /// Requests to nodes: the segment, what was here before, what came, and since when.
    attempts: BTreeMap<u64, (String, u64, u64, Seconds)>,
    arrived: BTreeMap<String, Vec<u8>>,
    nodes_of: BTreeMap<u64, usize>,
    /// The node that a segment came from last.
    sources: BTreeMap<usize, usize>,
    /// Where picture and sound are handed on to.
    ways: [Way; 2],
    sid: String,
    throughput: Option<f64>,
    bytes: u64,
    news_at: Seconds,
    published: Seconds,
    over: bool,
    problem: Option<String>,
}

impl Streaming {
    /// Plays the video to its end, or until the feed asks to stop, or nothing has come for too long.
    ///
    /// # Errors
    /// [`ClientError`] for a video that cannot be begun, and for media that cannot be handed on.
    pub async fn play(self) -> Result<Report, ClientError> {
        let http = Http::new(&self.config);
        let mut found = manifest::find(&http, &self.urls).await?;
        let (mut options, mut config) = (self.player, self.config);
        let mut steering = None;
        if let Some(s) = &found.steering {
            // Where from is no more this client's choice.
            (config.choice, config.hedge) = (Choice::Listed, false);
            let names = s.locations.iter().map(|(name, _)| name.clone()).collect();
            let server = join(found.replicas.first().map_or("", |r| &r.manifest), &s.server);
            let who = steering.insert(Steering::new(http.clone(), server, names, s.is_hls));
            if s.before_start {
                who.ask_first().await;
            }
        }
        let mut monitor = NetworkMonitor::new(config.clone());
        for replica in &found.replicas {
            monitor.node(&replica.given);
        }
        // The first audio rendition is heard, unless the player's options say which. Playlists of sound are not read again.
        let first = (!found.video.audio().is_empty()).then_some(0);
        options.audio = match found.live.as_ref().is_none_or(Event::is_timed) {
            true => options.audio.or(first),
            false => None,
        };
        let mut ways = Way::open(&self.sink, &http, &found, options.audio, config.max_memory_bytes).await?;
        // A viewer of a live event joins when everything else is ready.
        let mut video = found.video.clone();
        if let Some(event) = &found.live {
            (video, options) = (event.join(video), event.options(options));
        }
        let clock = WallClock::start();
        let video = Arc::new(video);
        let first =
            video.edge(Seconds::ZERO).map_or(0, |edge| video.segment_at(edge - options.target(&video)));
        let from = video.start(first);
        if let (Some(listings), Some(limit)) = (found.live.as_mut().and_then(Event::listings), self.limit) {
            listings.leave(from + limit);
        }
        // Of what is listed later, the rest.
        let is_listed = video.listing().is_some();
        if let Some(limit) = self.limit.filter(|limit| !is_listed || video.total_duration() - from >= *limit)
        {
            let within = |k: &usize| video.start(*k) - from < limit;
            let segments = (first..video.segments()).take_while(within).count().max(1) + first;
            options.segments = Some(options.segments.map_or(segments, |n| n.min(segments)));
        }
        ways[0].begin(first);
        let sound = options.audio.and_then(|i| video.audio().get(i));
        ways[1].begin(sound.map_or(0, |a| a.track.segment_at(video.start(first))));
        let target = options.target(&video);
        let wrong =
            |e: player::OptionError| ClientError::input("the player", e.to_string(), "options that fit");
        let cap = Cap::none();
        let rule = Capped::new(self.rule, cap.clone());
        let scheduling = Reloading::new(Plain::default(), is_listed);
        let player = Player::with(video.clone(), rule, scheduling, options).map_err(wrong)?;
        monitor.start_monitoring(Seconds::ZERO);
        let seed = format!("{}{}", crate::clock::unix(), std::process::id());
        let playing = Playing {
            clock,
            player,
            cap,
            told_by: BTreeMap::new(),
            watch: Watch::new(target),
            told: Seconds::ZERO,
            asked: Seconds::ZERO,
            most: Seconds::INFINITY,
            monitor,
            scheduler: ChunkScheduler::new(config.clone()),
            flights: Flights::new(http, config.clone()),
            sid: session_id(&seed),
            video,
            found,
            config,
            steering,
            feed: self.feed,
            segments: BTreeMap::new(),
            attempts: BTreeMap::new(),
            arrived: BTreeMap::new(),
            nodes_of: BTreeMap::new(),
            sources: BTreeMap::new(),
            ways,
            throughput: None,
            bytes: 0,
            news_at: Seconds::ZERO,
            published: Seconds::new(-1.0),
            over: false,
            problem: None,
        };
        playing.run().await
    }
}

/// A name for the session in the form of a UUID.
fn session_id(seed: &str) -> String {
    use sha2::Digest;
    let h = hex(&sha2::Sha256::digest(seed));
    format!("{}-{}-4{}-8{}-{}", &h[..8], &h[8..12], &h[13..16], &h[17..20], &h[20..32])
}

impl Playing {
    async fn run(mut self) -> Result<Report, ClientError> {
        let feed = self.feed.clone();
        let incomplete = loop {
            if self.over || self.ask()? {
                break None;
            }
            let now = self.clock.now();
            self.obey(now)?;
            self.publish(now, None);
            if let Some(problem) = self.problem.take() {
                break Some(problem);
            }
            let gives_up = match self.segments.is_empty() && !self.waits_for_list() {
                true => Seconds::INFINITY,
                false => self.news_at + self.config.give_up,
            };
            if now >= gives_up {
                break Some(format!("nothing came for {:.0} s", self.config.give_up.get()));
            }
            let wakes = (self.asked + self.most)
                .min(self.next_look())
                .min(self.scheduler.timeout())
                .min(self.monitor.timeout())
                .min(gives_up)
                .min(now + Seconds::new(0.25));
            tokio::select! {
                news = self.flights.next() => self.hear(news)?,
                () = until(&self.clock, wakes) => self.tell()?,
                () = feed.stopped() => break Some("it was stopped".to_string()),
            }
        };
        self.finish(incomplete).await
    }

    /// Tells the player the time. Where more has passed than it waits for, it is told so much, asked, and told the rest: a timer
    /// that is late changes nothing.
    fn tell(&mut self) -> Result<(), ClientError> {
        let now = self.clock.now();
        while !self.over && self.most > Seconds::ZERO && self.asked + self.most <= now {
            self.told = self.asked + self.most;
            self.player.elapsed(self.most);
            self.report_progress();
            self.over = self.ask()?;
        }
        if !self.over {
            self.told = now;
            self.player.elapsed(now - self.asked);
            self.look(now);
        }
        Ok(())
    }

    /// Asks the player until it waits; true at the end.
    fn ask(&mut self) -> Result<bool, ClientError> {
        loop {
            let action = self.player.next(&mut self.watch);
            self.asked = self.told;
            match action {
                Action::Fetch(id) => self.begin(id),
                Action::Cancel(id) => {
                    self.give_up_segment(id);
                    self.player.ended(id, Ended::Cancelled, &mut self.watch);
                }
                Action::Wait(most) => {
                    self.most = most;
                    return Ok(false);
                }
                Action::End => return Ok(true),
                Action::Decide => {
                    return Err(ClientError::input(
                        "the rule",
                        "one that is asked outside",
                        "a rule of this program",
                    ));
                }
            }
        }
    }

    fn begin(&mut self, id: RequestId) {
        let Some(&request) = self.player.request(id) else { return };
        let now = self.clock.now();
        if request.what == What::Playlist {
            return self.begin_playlist(&request);
        }
        let id = id.to_string();
        if self.segments.is_empty() {
            self.news_at = now;
        }
        let look = self.told + self.player.options().look_time;
        let (piece, parts, here) = (Piece::Whole, 0, Vec::new());
        let segment = Segment { request, first_byte: false, begun: self.told, look, piece, parts, here };
        self.segments.insert(id.clone(), segment);
        self.fetch_next(&id);
    }

    fn give_up_segment(&mut self, id: u64) {
        let name = id.to_string();
        self.scheduler.cancel_chunk(&name, &mut self.monitor, self.clock.now());
        self.segments.remove(&name);
        self.flights.forget(&name);
    }

    /// Does what scheduler and monitor ask for.
    fn obey(&mut self, now: Seconds) -> Result<(), ClientError> {
        if let Some(steering) = &mut self.steering {
            steering.poll(self.throughput, now);
        }
        while let Some(node) = self.monitor.poll(now) {
            self.flights.ping(node, &origin_of(self.monitor.url(node)));
        }
        while let Some(order) = self.scheduler.poll(&self.monitor, now) {
            match order {
                Order::Start(attempt) => {
                    let Some(segment) = self.segments.get(&attempt.chunk) else { continue };
                    let wanted = self.wanted(segment, attempt.node);
                    self.attempts.insert(attempt.id, (attempt.chunk.clone(), attempt.from, 0, now));
                    self.flights.fetch(attempt, wanted);
                    self.watch.starved = false;
                }
                Order::Cancel(id) => {
                    self.flights.cancel(id);
                    self.bytes += self.attempts.remove(&id).map_or(0, |(_, _, came, _)| came);
                }
                Order::Done { chunk, node } => self.arrive(&chunk, node)?,
            }
        }
        Ok(())
    }

    fn wanted(&self, of: &Segment, node: usize) -> Wanted {
        let request = &of.request;
        let (segment, level) = (request.segment, request.level);
        let replica = self.found.replicas.get(node);
        let medium = self.medium(request.track);
        let part = replica.and_then(|r| match of.piece {
            Piece::Part(index) => r.part_of(&self.video, segment, level, index),
            _ => r.media(&self.video, medium, segment, level),
        });
        let (url, range) = part.unwrap_or_default();
        let video = medium.of(&self.video);
        let known = of.piece == Piece::Whole && video.size_source(segment, level) == Some(SizeSource::File);
        let ladder = video.ladder();
        let media = cmcd::Media {
            kind: if request.track == Track::Audio { 'a' } else { 'v' },
            bitrate: ladder.bitrate(level),
            top: ladder.bitrate(ladder.top()),
            duration: self.piece_duration(of),
        };
        Wanted {
            url,
            range,
            exact: known.then_some(request.size.bytes() as u64),
            most: self.config.max_memory_bytes,
            sha256: None,
            headers: self.told_with(Some(media), request.buffer),
            idle: duration(self.config.idle_timeout),
        }
    }

    fn medium(&self, track: Track) -> Medium {
        match (track, self.player.options().audio) {
            (Track::Audio, Some(i)) => Medium::Sound(i),
            _ => Medium::Picture,
        }
    }

    /// What a request tells of the player.
    fn told_with(&self, media: Option<cmcd::Media>, buffer: Seconds) -> Vec<Header> {
        let cmcd = Cmcd {
            sid: self.sid.clone(),
            cid: self.video.name().to_string(),
            format: self.found.kind,
            live: self.found.live.is_some(),
            media,
            buffer,
            throughput: self.throughput.map(units::BitRate::from_mbps),
            startup: self.watch.startup.is_none() || self.watch.open,
            starved: self.watch.starved,
        };
        cmcd.headers()
    }

    /// What of a segment is here.
    fn received(&self, chunk: &str) -> Bits {
        let of_it = self.attempts.values().filter(|(c, ..)| c == chunk);
        let most = of_it.map(|(_, from, came, _)| from + came).max().unwrap_or(0);
        if let Some(segment) = self.segments.get(chunk).filter(|s| s.parts > 0 || s.piece != Piece::Whole) {
            return self.received_in_parts(segment, most);
        }
        // A chunk of a live segment ends at a whole byte: its share of the bits may be a part of a byte more.
        let rounding = if most > 0 && self.found.live.is_some() { 1.0 } else { 0.0 };
        Bits::from_bytes(most as f64 + rounding)
    }

    /// Tells the player how far everything has come.
    fn report_progress(&mut self) {
        let names: Vec<String> = self.segments.keys().cloned().collect();
        for name in names {
            let received = self.received(&name);
            if let Some(segment) = self.segments.get(&name).filter(|s| s.first_byte) {
                self.player.received(segment.request.id, received, &mut self.watch);
            }
        }
    }

    /// When the player looks at a segment on its way next.
    fn next_look(&self) -> Seconds {
        let looks =
            self.segments.values().filter(|s| s.first_byte && s.request.attention == Attention::Looks);
        looks.map(|s| s.look).fold(Seconds::INFINITY, Seconds::min)
    }

    /// The player looks at what is on its way, at multiples of its time between two looks.
    fn look(&mut self, now: Seconds) {
        let every = self.player.options().look_time.max(Seconds::from_millis(1.0));
        let names: Vec<String> = self.segments.keys().cloned().collect();
        for name in names {
            let received = self.received(&name);
            let Some(segment) = self.segments.get_mut(&name).filter(|s| s.first_byte) else { continue };
            let id = segment.request.id;
            match segment.request.attention {
                Attention::News => self.player.received(id, received, &mut self.watch),
                Attention::Looks if segment.look <= now => {
                    segment.look = segment.begun + every * (((now - segment.begun) / every).floor() + 1.0);
                    self.player.received(id, received, &mut self.watch);
                    // What it wants done shows when it is asked next, which is at once.
                    let _: Look = self.player.look(id, received);
                }
                Attention::Looks | Attention::Ending => {}
            }
        }
    }

    fn hear(&mut self, news: News) -> Result<(), ClientError> {
        let now = self.clock.now();
        match news {
            News::Playlist { id, came } => self.take_playlist(id, came)?,
            News::Pong { node, latency_ms } => self.monitor.pinged(node, latency_ms, now),
            News::Came { id, bytes } => {
                let Some(attempt) = self.attempts.get_mut(&id) else { return Ok(()) };
                attempt.2 = bytes;
                let chunk = attempt.0.clone();
                if bytes > 0 {
                    self.news_at = now;
                }
                self.scheduler.progressed(id, bytes, now);
                self.tell()?;
                if let Some(segment) = self.segments.get_mut(&chunk).filter(|s| !s.first_byte) {
                    segment.first_byte = true;
                    self.player.received(segment.request.id, Bits::ZERO, &mut self.watch);
                }
            }
            News::Told { id, cmsd } => {
                let Some((_, _, _, since)) = self.attempts.get_mut(&id) else { return Ok(()) };
                // A time in which the server only thought is none of the network.
                *since += cmsd.thought(now - *since);
                if let Some(kbps) = cmsd.mb_kbps {
                    self.cap.suggest(kbps);
                }
                let Some(node) = self.scheduler.node_of(id) else { return Ok(()) };
                if cmsd.duress {
                    self.monitor.under_duress(node, now);
                }
                self.told_by.insert(node, *cmsd);
            }
            News::Over(over) => {
                let Some((_, _, _, since)) = self.attempts.remove(&over.attempt.id) else { return Ok(()) };
                self.bytes += over.bytes;
                let outcome = match over.result {
                    Ok(()) => {
                        self.news_at = now;
                        let of = self.segments.get(&over.attempt.chunk).map(|s| s.request.track);
                        if of == Some(Track::Video) {
                            self.throughput = Some(over.bytes as f64 * 8e-6 / (now - since).get().max(1e-6));
                        }
                        self.arrived.insert(over.attempt.chunk.clone(), over.data);
                        Ok(over.bytes)
                    }
                    Err(_) if self.is_gone(&over.attempt.chunk) => {
                        let failed = Err((Failure::Refused, 0));
                        self.scheduler.ended(over.attempt.id, failed, &mut self.monitor, now);
                        return self.leave_out(&over.attempt.chunk);
                    }
                    Err(failure) => Err((failure, self.flights.keep(&over.attempt.chunk, over.data))),
                };
                self.scheduler.ended(over.attempt.id, outcome, &mut self.monitor, now);
                self.obey(now)?;
            }
        }
        Ok(())
    }

    async fn finish(mut self, incomplete: Option<String>) -> Result<Report, ClientError> {
        let now = self.clock.now();
        self.publish(now, Some(incomplete.as_deref().unwrap_or("completed")));
        if incomplete.is_some() {
            self.tell()?;
            self.player.stop(&mut self.watch);
        }
        self.bytes += self.attempts.values().map(|(_, _, came, _)| came).sum::<u64>();
        let counts = self.scheduler.statistics(&self.monitor);
        let mut session = self.watch.recorder.into_session();
        for (download, id) in session.downloads.iter_mut().zip(&self.watch.requests) {
            download.source = self.nodes_of.get(id).copied().unwrap_or(0);
        }
        for (other, id) in session.others.iter_mut().zip(&self.watch.others) {
            other.source = self.nodes_of.get(id).copied().unwrap_or(0);
        }
        let manifests: Vec<&str> = self.found.replicas.iter().map(|r| r.manifest.as_str()).collect();
        session.trace = manifests.join(" ");
        let nodes = (0..self.monitor.len()).map(|n| self.monitor.url(n).to_string()).collect();
        let told_by = self.told_by.into_iter().map(|(n, cmsd)| (self.monitor.url(n).to_string(), cmsd));
        let transport = Transport {
            cmsd: told_by.collect(),
            sources: counts.downloads_per_node,
            failovers: counts.failover_count,
            retries: counts.retries,
            hedges: counts.hedges,
            lost: self.ways.iter().map(|w| w.handed_on.lost).sum(),
            duplicated: self.ways.iter().map(|w| w.handed_on.duplicated).sum(),
            bytes: self.bytes,
        };
        let mut closed = None;
        for way in self.ways {
            closed = closed.or(way.outlet.close().await.err().map(|e| e.to_string()));
        }
        let incomplete = incomplete.or(self.problem).or(closed);
        let live = self.found.live.as_ref().map(|_| self.watch.latency);
        let player = Some(self.player.options().clone());
        let video = Some(Arc::new(Listings::happened(Video::clone(&self.video))));
        Ok(Report { session, nodes, transport, incomplete, video, live, player })
    }
}
