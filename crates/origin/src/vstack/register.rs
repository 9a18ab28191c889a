//! A node tells a metadata service of itself and of what it has.

use std::sync::Arc;
use std::time::Duration;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::http::{ask, host_of};
use super::node::{Node, Own};
use crate::error::OriginError;

/// Before the next try.
const AGAIN: Duration = Duration::from_secs(2);
/// Between two signs of life.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// Chunks that are committed at a time.
const PARALLEL: usize = 8;

/// Registers and stays registered, also with a service that comes later or comes back.
///
/// # Errors
/// [`OriginError::Metadata`] for an address that is none.
pub(crate) fn register(
    node: Arc<Node>,
    id: String,
    url: String,
    service: String,
) -> Result<impl Future<Output = ()>, OriginError> {
    if host_of(&service).is_none() {
        return Err(OriginError::Metadata { url: service });
    }
    Ok(async move {
        let mut committed = false;
        loop {
            let about = json!({ "node_url": url, "node_id": id, "version": env!("CARGO_PKG_VERSION") });
            let registered = post(&service, "/nodes/register", &about).await.is_some();
            if registered && !committed {
                committed = publish(&node, &service, &url).await;
            }
            if !registered || !committed {
                tokio::time::sleep(AGAIN).await;
                continue;
            }
            let path = format!("/nodes/{id}/heartbeat");
            loop {
                tokio::time::sleep(HEARTBEAT).await;
                let alive =
                    json!({ "disk_usage_percent": node.disk_usage(), "chunk_count": node.chunk_count() });
                if post(&service, &path, &alive).await.is_none() {
                    // It has forgotten this node: then it has forgotten its chunks, too.
                    committed = false;
                    break;
                }
            }
        }
    })
}

/// Commits every chunk of the synthetic video.
async fn publish(node: &Arc<Node>, service: &str, url: &str) -> bool {
    let Some(own) = node.own() else { return true };
    let video = own.content.video();
    let about = json!({
        "title": video.name(), "duration_sec": video.total_duration().get().ceil() as u64, "video_id": own.video_id,
    });
    let Some(Value::String(id)) = post(service, "/video", &about).await.map(|v| v["video_id"].clone()) else {
        return false;
    };
    let mut tasks = tokio::task::JoinSet::new();
    let mut done = true;
    for segment in 0..video.segments() {
        if tasks.len() >= PARALLEL {
            done &= tasks.join_next().await.is_some_and(|r| r.unwrap_or(false));
        }
        let (node, service, url, id) = (node.clone(), service.to_string(), url.to_string(), id.clone());
        tasks.spawn(async move {
            let Some(own) = node.own() else { return false };
            commit(own, segment, &service, &url, &id).await
        });
    }
    while let Some(one) = tasks.join_next().await {
        done &= one.unwrap_or(false);
    }
    let path = format!("/video/{id}/status");
    let active = json!({ "status": "active" });
    // The first version has no such route.
    let _ = ask(Method::PATCH, service, &path, &[], Some(&active)).await;
    done
}

async fn commit(own: &Own, segment: usize, service: &str, url: &str, video_id: &str) -> bool {
    let chunk = json!({
        "node_urls": [url], "checksum": own.checksum(segment).await, "size_bytes": own.payload(segment).len(),
        "video_id": video_id, "sequence_num": segment, "redundancy_mode": "replication",
        "fragments_metadata": null, "duration_sec": own.content.video().duration(segment).get(),
    });
    let path = format!("/chunk/{}/commit", own.chunk_id(segment));
    post(service, &path, &chunk).await.is_some_and(|said| said["success"] == true)
}

/// The document that a service answers with, if it agrees.
async fn post(service: &str, path: &str, document: &Value) -> Option<Value> {
    let said = ask(Method::POST, service, path, &[], Some(document)).await.ok()?;
    (said.status == StatusCode::OK).then(|| serde_json::from_slice(&said.body).ok())?
}
