//! V-Stack's routes, as its client, its uploader and its services use them.

#![allow(clippy::disallowed_methods, reason = "sockets live in real time")]

mod common;

use std::time::{Duration, Instant};

use common::{Connection, Host, video};
use origin::{Content, Fault};
use serde_json::json;
use sha2::{Digest, Sha256};

fn content() -> Content {
    Content::Video(video(&[100.0, 200.0], 10.0, 60.0))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn ask(host: &Host, method: &str, path: &str, document: &serde_json::Value) -> common::Answer {
    let headers = [("Content-Type", "application/json")];
    host.connect().ask(method, path, &headers, document.to_string().as_bytes()).expect("an answer")
}

/// The four calls of the smart client, on one origin.
#[test]
fn a_client_needs_one_origin_only() {
    let host = Host::with(content(), |config| config.id = Some("node-1".to_string()));
    assert_eq!(host.get("/health").json()["status"], "healthy");
    let manifest = host.get("/manifest/test").json();
    assert_eq!((&manifest["total_chunks"], &manifest["chunk_duration_sec"]), (&json!(6), &json!(10)));
    for (sequence, chunk) in manifest["chunks"].as_array().expect("chunks").iter().enumerate() {
        assert_eq!(chunk["sequence_num"], sequence);
        assert_eq!(chunk["replicas"], json!([host.url()]));
        let id = chunk["chunk_id"].as_str().expect("an id");
        let answer = host.get(&format!("/chunk/{id}"));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body.len(), chunk["size_bytes"].as_u64().expect("bytes") as usize);
        assert_eq!(chunk["checksum"], sha256(&answer.body));
        // Unquoted, as the original has it.
        assert_eq!(answer.header("etag"), chunk["checksum"].as_str());
        assert_eq!(answer.header("content-type"), Some("application/octet-stream"));
        assert_eq!(answer.header("x-superblock-id"), Some("0"));
        let size = answer.body.len().to_string();
        assert_eq!(answer.header("x-chunk-size"), Some(size.as_str()));
    }
    let ping = host.connect().ask("HEAD", "/ping", &[], b"").expect("an answer");
    assert_eq!((ping.status, ping.header("x-node-id"), ping.body.len()), (200, Some("node-1"), 0));
    assert_eq!(ping.header("x-chunk-count"), Some("6"));
    let none = host.get("/manifest/none");
    assert_eq!((none.status, none.json()), (404, json!({ "detail": "Video not found" })));
    assert_eq!(host.get("/chunk/none").status, 404);
    host.stop();
}

/// Three nodes register with a service and commit their chunks; one of them lies about its bytes.
#[test]
fn nodes_register_and_commit() {
    let service = Host::with(content(), |_| ());
    let nodes: Vec<Host> = (0..3)
        .map(|k| {
            Host::with(content(), |config| {
                config.id = Some(format!("storage-node-{k}"));
                config.metadata = Some(service.url());
            })
        })
        .collect();
    let mut urls: Vec<String> = nodes.iter().map(Host::url).collect();
    urls.sort();
    let until = Instant::now() + Duration::from_secs(60);
    let committed = |manifest: &serde_json::Value| {
        manifest["status"] == "active"
            && manifest["chunks"]
                .as_array()
                .is_some_and(|c| c.len() == 6 && c.iter().all(|c| c["replicas"] == json!(urls)))
    };
    let mut manifest = service.get("/manifest/test").json();
    while !committed(&manifest) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
        manifest = service.get("/manifest/test").json();
    }
    assert!(committed(&manifest), "{manifest}");
    let healthy = service.get("/nodes/healthy").json();
    assert_eq!(healthy.as_array().map(Vec::len), Some(3));
    assert_eq!(healthy[0]["status"], "healthy");
    assert_eq!(
        service.get("/nodes/health-summary").json(),
        json!({ "healthy": 3, "degraded": 0, "down": 0 })
    );
    assert_eq!(service.get("/nodes/all").json()["nodes"].as_array().map(Vec::len), Some(3));
    let videos = service.get("/videos").json();
    assert_eq!((&videos[0]["video_id"], &videos[0]["total_chunks"]), (&json!("test"), &json!(6)));
    let health = service.get("/health").json();
    assert_eq!((&health["healthy_nodes"], &health["total_nodes"]), (&json!(3), &json!(3)));
    nodes.into_iter().for_each(Host::stop);
    service.stop();
}

/// What V-Stack's uploader does: put, commit, and what is wrong with either.
#[test]
fn an_upload() {
    let nodes: Vec<Host> = (0..3).map(|_| Host::with(content(), |_| ())).collect();
    let service = Host::with(content(), |_| ());
    for (k, node) in nodes.iter().enumerate() {
        let about = json!({ "node_url": node.url(), "node_id": format!("n{k}"), "version": "1.0.0" });
        assert_eq!(ask(&service, "POST", "/nodes/register", &about).json()["status"], "registered");
    }
    let made =
        ask(&service, "POST", "/video", &json!({ "title": "Movie", "duration_sec": 10, "more": 1 })).json();
    let id = made["video_id"].as_str().expect("an id").to_string();
    assert_eq!(made["upload_url"], format!("/upload/{id}"));
    assert_eq!((id.len(), &id[14..15]), (36, "4"));

    let chunk = vec![9; 50_000];
    let checksum = sha256(&chunk);
    let path = format!("/chunk/{id}-chunk-000");
    for node in &nodes[..2] {
        let put =
            node.connect().ask("PUT", &path, &[("X-Chunk-Checksum", &checksum)], &chunk).expect("an answer");
        assert_eq!(
            (put.status, put.header("location"), put.header("etag")),
            (201, Some(path.as_str()), Some(checksum.as_str()))
        );
        let again = node.connect().ask("PUT", &path, &[], b"other").expect("an answer");
        assert_eq!(again.status, 200);
        assert_eq!(node.get(&path).body, chunk);
    }
    let put = |path: &str, headers: &[(&str, &str)], body: &[u8]| {
        nodes[0].connect().ask("PUT", path, headers, body).expect("an answer").status
    };
    assert_eq!(put("/chunk/a.b", &[], b"x"), 400);
    assert_eq!(put(&format!("/chunk/{}", "a".repeat(65)), &[], b"x"), 400);
    assert_eq!(put("/chunk/a", &[("X-Chunk-Checksum", &checksum)], b"x"), 400);
    assert_eq!(put("/chunk/a", &[], b""), 400);
    assert_eq!(put("/chunk/a", &[], &vec![0; (2 << 20) + 1025]), 413);
    assert_eq!(put("/chunk/a", &[], &vec![0; (2 << 20) + 1024]), 201);

    let urls: Vec<String> = nodes.iter().map(Host::url).collect();
    let commit = |urls: &[String], checksum: &str| {
        let document = json!({
            "node_urls": urls, "checksum": checksum, "size_bytes": chunk.len(), "video_id": id, "sequence_num": 0,
            "redundancy_mode": "replication", "fragments_metadata": null,
        });
        ask(&service, "POST", &format!("{path}/commit"), &document)
    };
    // Two of three have it: a majority.
    let said = commit(&urls, &checksum).json();
    assert_eq!((&said["success"], &said["committed_nodes"]), (&json!(true), &json!(urls[..2])));
    // Nobody has one with this checksum, and one of two is no majority.
    assert_eq!(commit(&urls, &"0".repeat(64)).json()["success"], false);
    assert_eq!(commit(&urls[1..], &checksum).json()["success"], false);
    assert_eq!(commit(&urls, "sha256:0").status, 422);
    assert_eq!(commit(&[], &checksum).status, 422);
    let active = ask(&service, "PATCH", &format!("/video/{id}/status"), &json!({ "status": "active" }));
    assert_eq!((active.status, &active.json()["status"]), (200, &json!("success")));
    let manifest = service.get(&format!("/manifest/{id}")).json();
    assert_eq!((&manifest["status"], &manifest["chunk_duration_sec"]), (&json!("active"), &json!(10)));
    assert_eq!(manifest["chunks"][0]["replicas"].as_array().map(Vec::len), Some(2));
    assert_eq!(manifest["chunks"][0]["fragments"], json!(null));

    for (method, path, document, status) in [
        ("POST", "/video", json!({ "title": "", "duration_sec": 10 }), 422),
        ("POST", "/video", json!({ "title": "a", "duration_sec": 0 }), 422),
        ("POST", "/video", json!({ "title": "a" }), 422),
        ("POST", "/nodes/register", json!({ "node_url": "ftp://a", "node_id": "a" }), 400),
        ("POST", "/nodes/none/heartbeat", json!({ "disk_usage_percent": 1, "chunk_count": 0 }), 500),
        ("POST", "/nodes/n0/heartbeat", json!({ "disk_usage_percent": 101, "chunk_count": 0 }), 422),
        ("POST", "/nodes/n0/heartbeat", json!({ "disk_usage_percent": 1.5, "chunk_count": 3 }), 200),
        ("PATCH", "/video/none/status", json!({ "status": "active" }), 404),
        ("PATCH", "/video/none/status", json!({ "status": "odd" }), 400),
    ] {
        assert_eq!(ask(&service, method, path, &document).status, status, "{method} {path} {document}");
    }
    assert_eq!(service.get("/videos?limit=0").status, 400);
    assert_eq!(service.get("/consensus/a").status, 404);
    let deleted = nodes[0].connect().ask("DELETE", &path, &[], b"").expect("an answer");
    assert_eq!((deleted.status, nodes[0].get(&path).status), (204, 404));
    nodes.into_iter().for_each(Host::stop);
    service.stop();
}

/// A node that comes before its service, and a service that forgets.
#[test]
fn a_node_waits_for_its_service() {
    let service = Host::with(content(), |config| {
        config.faults = vec![Fault::parse("refuse:until=1").expect("a fault")]
    });
    let node = Host::with(content(), |config| config.metadata = Some(service.url()));
    let until = Instant::now() + Duration::from_secs(60);
    let nodes = || {
        let mut connection = Connection::open(service.address);
        connection.ask("GET", "/nodes/healthy", &[], b"").ok().and_then(|a| a.json().as_array().map(Vec::len))
    };
    while nodes() != Some(1) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(nodes(), Some(1));
    node.stop();
    service.stop();
}
