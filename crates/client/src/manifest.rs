//! Manifests over HTTP: what can be fetched, and where.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use media::formats::{self, Files, ReadOptions};
use media::{Address, Addresses, MediaError, Video};
use tokio::task::JoinSet;
use units::BitRate;

use crate::ClientError;
use crate::http::{Http, Wanted, checked, join};
use crate::listing::Listings;
use crate::live::Event;

/// Segments whose sizes are asked for, at most; of longer videos they are estimated.
const MOST_ASKED: usize = 4096;

/// How long asking for sizes may take.
const SIZES_PATIENCE: Duration = Duration::from_secs(3);

/// What is assumed of sound whose sizes nobody tells: a usual bitrate of AAC in stereo.
const AUDIO: BitRate = BitRate::from_kbps(128.0);

const AT_A_TIME: usize = 16;

/// A video that was found behind one or several addresses.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) video: Video,
    pub(crate) replicas: Vec<Replica>,
    /// `d` for DASH, `h` for HLS: CMCD's `sf`.
    pub(crate) kind: char,
    pub(crate) live: Option<Event>,
    /// Who steers between its locations, if somebody does: the replicas are these, in their order, the one to begin with first.
    pub(crate) steering: Option<media::Steering>,
}

#[derive(Clone, Debug)]
pub(crate) struct Replica {
    pub(crate) given: String,
    pub(crate) manifest: String,
    /// Of one of several locations in a manifest: the `BaseURL` that addresses have been read with, and its own.
    pub(crate) moved: Option<(String, String)>,
    /// Of one of several pathways: the video by its own addresses.
    pub(crate) own: Option<Box<Video>>,
}

impl Replica {
    /// Where this one has a segment of a medium on a level: a URL, and which part of what is there.
    pub(crate) fn media(&self, video: &Video, medium: Medium, segment: usize, level: usize) -> Option<Part> {
        self.part(self.addresses(video, medium)?.media(segment, level)?)
    }

    /// Where it has a part of a segment of the picture on a level.
    pub(crate) fn part_of(&self, video: &Video, segment: usize, level: usize, index: usize) -> Option<Part> {
        let parts = self.addresses(video, Medium::Picture)?.parts(segment, level);
        self.part(&parts.get(index)?.address)
    }

    /// Where it has the playlist of a level, if there is one.
    pub(crate) fn playlist(&self, video: &Video, level: usize) -> Option<String> {
        Some(join(&self.manifest, self.addresses(video, Medium::Picture)?.playlist(level)?))
    }

    /// Where it has the initialization segment of a level, if there is one.
    fn init(&self, video: &Video, medium: Medium, level: usize) -> Option<Part> {
        self.part(self.addresses(video, medium)?.init(level)?)
    }

    fn addresses<'a>(&'a self, video: &'a Video, medium: Medium) -> Option<&'a Addresses> {
        medium.of(self.own.as_deref().unwrap_or(video)).addresses()
    }

    fn part(&self, address: &Address) -> Option<Part> {
        let reference = &address.reference;
        let moved =
            self.moved.as_ref().and_then(|(from, to)| Some((reference.strip_prefix(from.as_str())?, to)));
        let url = match moved {
            Some((rest, to)) => join(&self.manifest, &format!("{to}{rest}")),
            None => join(&self.manifest, reference),
        };
        Some((url, address.range))
    }
}

/// What of a video is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Medium {
    Picture,
    /// One of its audio renditions.
    Sound(usize),
}

impl Medium {
    /// What can be fetched of it.
    pub(crate) fn of(self, video: &Video) -> &Video {
        match self {
            Medium::Picture => video,
            Medium::Sound(i) => video.audio().get(i).map_or(video, |a| &a.track),
        }
    }
}

/// A URL; and the first byte and the number of bytes, where a part is meant of what is there.
pub(crate) type Part = (String, Option<(u64, u64)>);

/// What lies beside a manifest on a server, as far as it is known.
#[derive(Default)]
struct Remote {
    files: BTreeMap<String, Vec<u8>>,
    sizes: BTreeMap<String, u64>,
    /// What was asked for and is not known.
    missed: RefCell<BTreeSet<String>>,
}

impl Files for Remote {
    fn size(&self, name: &str) -> Option<u64> {
        let known = self.files.get(name).map(|f| f.len() as u64).or_else(|| self.sizes.get(name).copied());
        // Of a URL its query is a part.
        let path = if name.contains("://") { name.split('?').next().unwrap_or_default() } else { name };
        if known.is_none() && path.ends_with(".m3u8") {
            self.missed.borrow_mut().insert(name.to_string());
        }
        known
    }

    fn read(&self, name: &str, from: u64, most: u64) -> Result<Option<Vec<u8>>, MediaError> {
        let part = |f: &Vec<u8>| {
            let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(f.len());
            f[place(from)..place(from.saturating_add(most))].to_vec()
        };
        Ok(self.files.get(name).map(part))
    }

    fn reaches_elsewhere(&self) -> bool {
        true
    }
}

/// The video behind several addresses, which are replicas: the first manifest that can be read counts.
pub(crate) async fn find(http: &Http, urls: &[String]) -> Result<Found, ClientError> {
    let mut first: Option<(String, Vec<u8>, Option<Event>)> = None;
    let mut replicas: Vec<Replica> = Vec::new();
    let mut failed = None;
    for given in urls {
        if replicas.iter().any(|r| r.given == *given) {
            continue;
        }
        let manifest = match fetch(http, given).await {
            Ok((url, bytes)) => {
                let live = Event::timed(&bytes);
                first.get_or_insert((url.clone(), bytes, live));
                url
            }
            Err(e @ ClientError::Input { .. }) => return Err(e),
            // A replica that does not answer now may do so later.
            Err(e) => {
                failed = failed.or(Some(e));
                String::new()
            }
        };
        replicas.push(Replica { given: given.clone(), manifest, moved: None, own: None });
    }
    let Some((url, bytes, live)) = first else {
        return Err(failed.unwrap_or_else(|| ClientError::input("the address", "missing", "at least one")));
    };
    // Its manifest is where it was said to be, or has the name that it has elsewhere.
    let name = url.rsplit('/').next().unwrap_or_default().to_string();
    for replica in replicas.iter_mut().filter(|r| r.manifest.is_empty()) {
        replica.manifest = match is_bare(&replica.given) {
            true => format!("{}/{name}", replica.given.trim_end_matches('/')),
            false => replica.given.clone(),
        };
    }
    // The segments of a live event are not there yet: nobody knows their sizes.
    let sized: Vec<String> = match live {
        Some(_) => Vec::new(),
        None => replicas.iter().map(|r| r.manifest.clone()).collect(),
    };
    let kind = if bytes.starts_with(b"#EXTM3U") { 'h' } else { 'd' };
    // Who is given several addresses has decided already.
    let mut steering = match replicas.len() {
        1 => std::str::from_utf8(&bytes).ok().and_then(media::steering),
        _ => None,
    };
    let (video, listings) = match &mut steering {
        Some(steering) if steering.is_hls => {
            let (video, pathways, listings) = pathways(http, &url, &sized, &bytes, steering).await?;
            replicas = pathways;
            (video, listings)
        }
        Some(steering) => {
            replicas = locations(&url, steering);
            read(http, &url, &sized, &bytes, None).await?
        }
        None => read(http, &url, &sized, &bytes, None).await?,
    };
    if listings.is_some() && steering.take().is_some() {
        // The playlists of one pathway are read again: the others would fall behind.
        replicas.truncate(1);
    }
    let live = live.or(listings.map(Event::Listed));
    Ok(Found { video, replicas, kind, live, steering })
}

/// The video of the first pathway that can be read, and the pathways that have the same one as replicas; the others are no
/// locations any more.
async fn pathways(
    http: &Http,
    url: &str,
    sized: &[String],
    bytes: &[u8],
    steering: &mut media::Steering,
) -> Result<(Video, Vec<Replica>, Option<Listings>), ClientError> {
    let mut live = None;
    let (mut found, mut failed): (Option<Video>, Option<ClientError>) = (None, None);
    let (mut replicas, mut locations): (Vec<Replica>, Vec<(String, String)>) = (Vec::new(), Vec::new());
    for (name, at) in std::mem::take(&mut steering.locations) {
        // Sizes are the same everywhere.
        let sized = if found.is_none() { sized } else { &[] };
        let video = match read(http, url, sized, bytes, Some(name.clone())).await {
            Ok((video, listings)) => {
                if found.is_none() {
                    live = listings;
                }
                video
            }
            Err(e) => {
                failed = failed.or(Some(e));
                continue;
            }
        };
        let cut = |v: &Video| (v.segments(), v.ladder().len(), v.audio().len());
        if found.as_ref().is_some_and(|first| cut(first) != cut(&video)) {
            continue;
        }
        let mut given = folder(&join(url, &at)).to_string();
        if replicas.iter().any(|r| r.given == given) {
            given = format!("{given}#{name}");
        }
        let own = Some(Box::new(video.clone()));
        replicas.push(Replica { given, manifest: url.to_string(), moved: None, own });
        locations.push((name, at));
        found = found.or(Some(video));
    }
    steering.locations = locations;
    match (found, failed) {
        (Some(video), _) => Ok((video, replicas, live)),
        (None, failed) => Err(failed.unwrap_or_else(|| ClientError::server(url, "no pathway"))),
    }
}

/// Everything up to the last `/`.
fn folder(url: &str) -> &str {
    url.rfind('/').map_or("", |at| &url[..=at])
}

fn locations(manifest: &str, steering: &media::Steering) -> Vec<Replica> {
    let of = |(_, base): &(String, String)| Replica {
        given: join(manifest, base),
        manifest: manifest.to_string(),
        moved: Some((folder(&steering.read_with).to_string(), folder(base).to_string())),
        own: None,
    };
    steering.locations.iter().map(of).collect()
}

/// Whether an address is only that of a server.
fn is_bare(url: &str) -> bool {
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    path.is_empty()
}

/// A manifest and where it was found: an address without a path is that of an origin, whose manifests have fixed names.
async fn fetch(http: &Http, url: &str) -> Result<(String, Vec<u8>), ClientError> {
    let url = checked(url)?;
    let names = match is_bare(&url) {
        true => {
            ["manifest.mpd", "master.m3u8"].map(|n| format!("{}/{n}", url.trim_end_matches('/'))).to_vec()
        }
        false => vec![url],
    };
    let mut failed = None;
    for attempt in 0..3 {
        for url in &names {
            match http.get(url).await {
                Ok(bytes) => return Ok((url.clone(), bytes.to_vec())),
                Err(e) => failed = failed.or(Some(e)),
            }
        }
        tokio::time::sleep(Duration::from_millis(200 << attempt)).await;
    }
    Err(failed.unwrap_or_else(|| ClientError::server(&names[0], "no manifest")))
}

/// The video of a manifest, with the sizes that `sized` tell, which are replicas of it; of several pathways, that of one. And what goes on
/// being listed, of a live event of HLS: its segments have nominal sizes.
async fn read(
    http: &Http,
    url: &str,
    sized: &[String],
    bytes: &[u8],
    pathway: Option<String>,
) -> Result<(Video, Option<Listings>), ClientError> {
    let wrong = |source: MediaError| ClientError::Manifest { url: url.to_string(), source: Box::new(source) };
    let stem = url.rsplit('/').next().unwrap_or_default().split(['.', '?']).next().unwrap_or_default();
    let mut options = ReadOptions::default();
    options.name = Some(stem.to_string());
    options.pathway = pathway;
    options.audio_bitrate = Some(AUDIO);
    let mut remote = Remote::default();
    // A multivariant playlist names others.
    for _ in 0..2 {
        let read = formats::import(bytes, &remote, None, &options);
        let missed = std::mem::take(&mut *remote.missed.borrow_mut());
        match (read, missed.is_empty()) {
            (Ok(import), true) if sized.is_empty() => return Ok((import.video, None)),
            (Ok(import), true) => {
                if let Some(listings) = listings(bytes, &import.video, &remote) {
                    return Ok((import.video, Some(listings)));
                }
                remote.sizes = sizes(http, url, &import.video).await;
                // Where two replicas do not agree, nobody knows.
                if let Some(other) = sized.iter().find(|r| *r != url) {
                    let others = sizes(http, other, &import.video).await;
                    remote.sizes.retain(|name, size| others.get(name).is_none_or(|o| o == size));
                }
                return formats::import(bytes, &remote, None, &options)
                    .map(|i| (i.video, None))
                    .map_err(wrong);
            }
            (Err(e), true) => return Err(wrong(e)),
            (_, false) => {}
        }
        // Playlists name each other one by one as they are found.
        let mut wanted = missed;
        while let Some(name) = wanted.pop_first() {
            if remote.files.contains_key(&name) {
                continue;
            }
            let file = http.get(&join(url, &name)).await?;
            remote.files.insert(name, file.to_vec());
            // What is still missing shows itself only when the first is there.
            let _ = formats::import(bytes, &remote, None, &options);
            wanted.append(&mut remote.missed.borrow_mut());
        }
    }
    let video = formats::import(bytes, &remote, None, &options).map_err(wrong)?.video;
    let listings = listings(bytes, &video, &remote);
    Ok((video, listings))
}

/// What goes on being listed.
fn listings(master: &[u8], video: &Video, remote: &Remote) -> Option<Listings> {
    Listings::of(master, video, |reference| {
        // What lies beside the manifest was found without its query, and decoded.
        let path = reference.split('?').next().unwrap_or_default();
        let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
        let names = [&*decoded, path, reference];
        names.into_iter().find_map(|name| remote.files.get(name)).map(Vec::as_slice)
    })
}

/// The sizes of all segments that are whole files, as the server tells them.
async fn sizes(http: &Http, manifest: &str, video: &Video) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    let mut names: BTreeSet<String> = BTreeSet::new();
    for media in std::iter::once(video).chain(video.audio().iter().map(|a| &a.track)) {
        let Some(addresses) = media.addresses() else { return found };
        let all = (0..media.segments()).flat_map(|s| (0..media.ladder().len()).map(move |l| (s, l)));
        let whole = all.filter_map(|(s, l)| addresses.media(s, l)).filter(|a| a.range.is_none());
        names.extend(whole.map(|a| a.reference.clone()));
    }
    if names.len() > MOST_ASKED {
        return found;
    }
    let mut names = names.into_iter();
    let mut asked: JoinSet<Option<(String, u64)>> = JoinSet::new();
    let asking = async {
        loop {
            while asked.len() < AT_A_TIME
                && let Some(name) = names.next()
            {
                let (http, url) = (http.clone(), join(manifest, &name));
                asked.spawn(async move {
                    let (status, length) = http.head(&url, SIZES_PATIENCE).await?;
                    Some((name, length.filter(|_| status.is_success())?))
                });
            }
            match asked.join_next().await {
                Some(Ok(Some((name, size)))) => drop(found.insert(name, size)),
                // One that does not tell is one of many: the others will not, either.
                Some(_) => return,
                None => return,
            }
        }
    };
    let _ = tokio::time::timeout(SIZES_PATIENCE, asking).await;
    found
}

/// The initialization segments of all levels of a medium.
pub(crate) async fn inits(
    http: &Http,
    found: &Found,
    medium: Medium,
) -> Result<Vec<Option<Bytes>>, ClientError> {
    let mut inits = Vec::new();
    for level in 0..medium.of(&found.video).ladder().len() {
        let part = found.replicas.first().and_then(|r| r.init(&found.video, medium, level));
        inits.push(match part {
            Some((url, range)) => {
                let mut data = Vec::new();
                let wanted = Wanted {
                    url: url.clone(),
                    range,
                    exact: None,
                    most: 64 << 20,
                    sha256: None,
                    headers: Vec::new(),
                    idle: Duration::from_secs(5),
                };
                let fetched = http.fetch(&wanted, &mut data, |_| ()).await;
                fetched.map_err(|f| ClientError::server(url, format!("no initialization segment: {f:?}")))?;
                Some(Bytes::from(data))
            }
            None => None,
        });
    }
    Ok(inits)
}
