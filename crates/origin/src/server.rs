//! Listening, connections and their limits, and a graceful end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use units::Seconds;

use crate::answer::{self, Peer};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::content::Site;
use crate::error::OriginError;
use crate::fault::Faults;
use crate::io::Guarded;
use crate::shaper::{Link, Shape};
use crate::vstack::{self, Metadata, Node, VStack};

/// How long answers may take after the origin was told to stop.
const GRACE: Duration = Duration::from_secs(2);
/// Before the next try, when the system has no connection to give.
const BREATH: Duration = Duration::from_millis(20);
/// The most bytes that wait to be written to one connection.
const WRITE_BUFFER: usize = 64 << 10;

/// An origin that is running. Dropping it ends it at once; [`Origin::stop`] lets answers end.
#[derive(Debug)]
pub struct Origin {
    address: SocketAddr,
    id: String,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    /// What it does on its own.
    tasks: JoinSet<()>,
}

impl Origin {
    /// Starts an origin on the present runtime.
    ///
    /// # Errors
    /// [`OriginError`] for an address that cannot be listened on, and for content and links that are none.
    pub async fn start(config: Config) -> Result<Origin, OriginError> {
        let listen = |problem| OriginError::Listen { address: config.listen.clone(), problem };
        let listener = TcpListener::bind(&config.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let latency = match &config.shape {
            Shape::Unshaped(latency) => *latency,
            Shape::Origin(_) | Shape::Connection(_) => Seconds::ZERO,
        };
        let link = match &config.shape {
            Shape::Origin(make) => Some(Arc::new(Link::new(make(0)?))),
            // A link that is none is found before anybody connects.
            Shape::Connection(make) => make(0).map(|_| None)?,
            Shape::Unshaped(_) => None,
        };
        let id = config.id.unwrap_or_else(|| format!("origin-{}", address.port()));
        let content = Site::new(config.content)?;
        let clock = Clock::start();
        let vstack = Arc::new(VStack {
            id: id.clone(),
            url: config
                .url
                .map_or_else(|| format!("http://{address}"), |url| url.trim_end_matches('/').to_string()),
            clock,
            limits: config.limits,
            node: Arc::new(Node::new(content.synthetic())),
            metadata: Metadata::default(),
        });
        let mut tasks = JoinSet::new();
        if let Some(service) = config.metadata {
            let (node, own) = (vstack.node.clone(), vstack.url.clone());
            tasks.spawn(vstack::register(node, id.clone(), own, service)?);
        }
        tasks.spawn(vstack.clone().probe());
        let app = Arc::new(App {
            id: id.clone(),
            suggested: config.max_bitrate,
            clock,
            content,
            vstack,
            faults: Faults::new(&config.faults),
            log: config.log,
            limits: config.limits,
            latency,
            shape: config.shape,
            link,
        });
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(serve(app, listener, stopped));
        Ok(Origin { address, id, stop, server, tasks })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as an address of the web, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it is called.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Accepts no more connections, lets answers end for two seconds, and ends.
    pub async fn stop(mut self) {
        self.tasks.abort_all();
        let _ = self.stop.send(true);
        let _ = (&mut self.server).await;
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(app: Arc<App>, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(app.limits.connections));
    let (mut connections, mut number) = (JoinSet::new(), 0);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => break,
        };
        // What has ended is not kept.
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        // More than are allowed, or a node that is down: closed without a word.
        let place = places.clone().try_acquire_owned();
        let (Ok(place), false) = (place, app.faults.down(app.clock.time())) else {
            let _ = stream.set_zero_linger();
            continue;
        };
        number += 1;
        let (app, stopped) = (app.clone(), stopped.clone());
        connections.spawn(async move {
            connection(app, number, stream, stopped).await;
            drop(place);
        });
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE, ended).await;
    connections.shutdown().await;
}

async fn connection(app: Arc<App>, number: u64, stream: TcpStream, mut stopped: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let Ok(link) = app.link(number) else { return };
    let answering = Arc::new(AtomicBool::new(false));
    let guarded = Guarded::new(stream, app.limits, answering.clone());
    let peer = Arc::new(Peer { number, link, answering });
    let limits = app.limits;
    let service = service_fn(move |request| answer::answer(app.clone(), peer.clone(), request));
    let mut http = http1::Builder::new();
    // Slow requests are the guard's matter. Half a connection is none: a client that has gone wants no answer.
    http.header_read_timeout(None).half_close(false);
    http.max_headers(limits.headers).max_buf_size(limits.header_bytes.max(WRITE_BUFFER));
    let mut serving = std::pin::pin!(http.serve_connection(TokioIo::new(guarded), service));
    let ended = tokio::select! {
        ended = serving.as_mut() => ended.map_err(|_| ()),
        _ = stopped.changed() => {
            serving.as_mut().graceful_shutdown();
            serving.await.map_err(|_| ())
        }
    };
    // An error means that the client has gone, or has been sent away; the log of its request says what it got.
    let _: Result<(), ()> = ended;
}
