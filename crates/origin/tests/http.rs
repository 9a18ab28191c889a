//! What a client may rely on: keep-alive, ranges, HEAD, entity tags, CORS, manifests that others understand.

#![allow(clippy::disallowed_methods, reason = "sockets live in real time")]

mod common;

use common::{Host, video};
use media::formats::{ReadOptions, SourceFile};
use origin::Content;
use units::{Bits, Seconds};

fn host() -> Host {
    Host::with(Content::Video(video(&[300.0, 1200.0], 4.0, 18.0)), |_| ())
}

#[test]
fn segments_have_exactly_the_sizes_of_the_table() {
    let host = host();
    let video = video(&[300.0, 1200.0], 4.0, 18.0);
    let mut connection = host.connect();
    for segment in 0..video.segments() {
        for level in 0..2 {
            let answer =
                connection.ask("GET", &format!("/s/{level}/{segment}.m4s"), &[], b"").expect("kept alive");
            assert_eq!(answer.status, 200);
            assert_eq!(Bits::from_bytes(answer.body.len() as f64), video.size(segment, level));
            assert_eq!(&answer.body[4..8], b"moof");
            assert_eq!(answer.header("content-type"), Some("video/mp4"));
        }
    }
    for none in
        ["/s/2/0.m4s", "/s/0/5.m4s", "/s/0/0", "/s/00000000000000000000/0.m4s", "/s/-1/0.m4s", "/r2.m3u8"]
    {
        let answer = connection.ask("GET", none, &[], b"").expect("kept alive");
        assert!(answer.status == 404 || none.starts_with("/s/000"), "{none}: {}", answer.status);
    }
    host.stop();
}

#[test]
fn the_manifests_say_what_is_served() {
    let host = host();
    let served = video(&[300.0, 1200.0], 4.0, 18.0);
    let file = |name: &str| SourceFile { name: name.to_string(), bytes: host.get(&format!("/{name}")).body };
    let segments = |level: usize| (0..served.segments()).map(move |k| format!("s/{level}/{k}.m4s"));
    let media: Vec<SourceFile> = (0..2).flat_map(segments).map(|n| file(&n)).collect();
    // Segue's own readers, tested against packagers' manifests, take what is served for this very video.
    let kinds = [("dash", vec!["manifest.mpd"]), ("hls", vec!["master.m3u8", "r0.m3u8", "r1.m3u8"])];
    for (kind, manifests) in kinds {
        let format = media::formats::by_name(kind).expect("a format");
        let mut files: Vec<SourceFile> = manifests.iter().map(|m| file(m)).collect();
        files.extend(media.iter().cloned());
        let read = media::formats::read_files(&files, format, &ReadOptions::default()).expect("a manifest");
        assert_eq!(read.segments(), served.segments(), "{manifests:?}");
        for k in 0..served.segments() {
            assert!((read.duration(k) - served.duration(k)).abs() < Seconds::from_millis(0.01));
            assert_eq!(read.sizes(k), served.sizes(k), "{manifests:?}");
        }
        assert_eq!(read.ladder().bitrates(), served.ladder().bitrates());
    }
    host.stop();
}

#[test]
fn ranges_heads_and_conditions() {
    let host = host();
    let mut connection = host.connect();
    let whole = connection.ask("GET", "/s/0/1.m4s", &[], b"").expect("kept alive");
    let etag = whole.header("etag").expect("a tag").to_string();
    assert!(etag.starts_with('"') && etag.ends_with('"'));
    let head = connection.ask("HEAD", "/s/0/1.m4s", &[], b"").expect("kept alive");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some("150000"));
    assert_eq!(head.header("accept-ranges"), Some("bytes"));

    let mut with =
        |headers: &[(&str, &str)]| connection.ask("GET", "/s/0/1.m4s", headers, b"").expect("kept alive");
    let part = with(&[("Range", "bytes=100-70099")]);
    assert_eq!((part.status, part.header("content-range")), (206, Some("bytes 100-70099/150000")));
    assert_eq!(part.body, whole.body[100..70_100]);
    let rest = with(&[("Range", "bytes=-414")]);
    assert_eq!(rest.body, whole.body[150_000 - 414..]);
    let outside = with(&[("Range", "bytes=150000-")]);
    assert_eq!((outside.status, outside.header("content-range")), (416, Some("bytes */150000")));
    assert_eq!(with(&[("If-None-Match", &etag)]).status, 304);
    assert_eq!(with(&[("If-None-Match", "\"other\"")]).status, 200);
    assert_eq!(with(&[("If-Match", "\"other\"")]).status, 412);
    let other = with(&[("Range", "bytes=0-9"), ("If-Range", "\"other\"")]);
    assert_eq!((other.status, other.body.len()), (200, 150_000));
    host.stop();
}

#[test]
fn pages_of_any_place_may_ask() {
    let host = host();
    let mut connection = host.connect();
    let asked = [("Origin", "http://example.org"), ("Access-Control-Request-Headers", "cmcd-request, range")];
    let preflight = connection.ask("OPTIONS", "/s/0/0.m4s", &asked, b"").expect("kept alive");
    assert_eq!(preflight.status, 204);
    for path in ["/s/0/0.m4s", "/manifest.mpd", "/health", "/nothing"] {
        let answer = connection.ask("GET", path, &asked[..1], b"").expect("kept alive");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(answer.header("timing-allow-origin"), Some("*"), "{path}");
        assert!(answer.header("content-type").is_some(), "{path}");
    }
    assert_eq!(preflight.header("access-control-allow-headers"), Some("*"));
    host.stop();
}

#[test]
fn a_package_is_served_and_nothing_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let package = folder.path().join("package");
    std::fs::create_dir_all(package.join("v/1")).expect("made");
    std::fs::write(folder.path().join("secret.txt"), "secret").expect("written");
    std::fs::write(package.join("stream.mpd"), "<MPD/>").expect("written");
    std::fs::write(package.join("v/1/a b.m4s"), [7; 100_000]).expect("written");
    std::os::unix::fs::symlink(folder.path(), package.join("up")).expect("linked");
    std::os::unix::fs::symlink(folder.path().join("secret.txt"), package.join("link.txt")).expect("linked");
    std::os::unix::fs::symlink(package.join("stream.mpd"), package.join("inside.mpd")).expect("linked");
    let host = Host::with(Content::Package(package), |_| ());
    let mut connection = host.connect();
    let mut get = |path: &str| connection.ask("GET", path, &[], b"").expect("kept alive");
    assert_eq!(get("/stream.mpd").header("content-type"), Some("application/dash+xml"));
    assert_eq!(get("/inside.mpd").text(), "<MPD/>");
    let segment = get("/v/1/a%20b.m4s");
    assert_eq!((segment.status, segment.body), (200, vec![7; 100_000]));
    for path in [
        "/../secret.txt",
        "/v/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%2fsecret.txt",
        "/v/1/..%2f..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "/%252e%252e/secret.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/up/secret.txt",
        "/link.txt",
        "/secret.txt%00.mpd",
        "/stream.mpd/../../secret.txt",
        "/v",
        "/",
    ] {
        let answer = get(path);
        assert!(!answer.body.windows(6).any(|w| w == b"secret"), "{path}");
        assert!(path == "/" || (400..500).contains(&answer.status), "{path}: {}", answer.status);
    }
    host.stop();
}

#[test]
fn an_answer_tells_of_its_segment_and_of_its_server() {
    let host = Host::with(Content::Video(video(&[300.0, 1200.0], 4.0, 18.0)), |config| {
        config.id = Some("node-7".to_string());
        config.max_bitrate = Some(units::BitRate::from_kbps(900.0));
    });
    let answer = host.get("/s/1/0.m4s");
    assert_eq!(answer.header("cmsd-static"), Some("br=1200, d=4000, ot=v, st=v"));
    // Nothing shapes it: no throughput is estimated.
    let told = answer.header("cmsd-dynamic").expect("it tells of itself");
    assert!(told.starts_with("\"node-7\";mb=900;rd=") && told.ends_with(";rtt=0"), "{told}");
    assert_eq!(host.get("/manifest.mpd").header("cmsd-static"), None);
    host.stop();
}
