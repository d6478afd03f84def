//! Connections: accepted within bounds, served until they end, stopped without losing a request.

use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::Service;
use super::patience::{Patient, Requests};

/// Wait after an accept that failed for lack of something (file descriptors, memory).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Streams of one HTTP/2 connection at a time.
const HTTP2_STREAMS_MAX: u32 = 128;

/// Bytes of a request's header, and of what HTTP/1.1 reads ahead and writes behind.
const HEADER_BYTES_MAX: usize = 16 * 1024;

/// Lines of a request's header.
const HEADER_LINES_MAX: usize = 64;

/// Bytes that an HTTP/2 connection may send ahead, in all and for each request.
const HTTP2_WINDOW_BYTES: u32 = 64 * 1024;

/// Serves until `stop` resolves, then lets requests under way finish.
pub async fn serve(listener: TcpListener, service: Arc<Service>, stop: impl Future<Output = ()>) {
    let limits = service.limits;
    let connections_max = usize::try_from(limits.connections_max.get()).unwrap_or(usize::MAX);
    let slots = Arc::new(Semaphore::new(connections_max.min(Semaphore::MAX_PERMITS)));
    let connections = GracefulShutdown::new();
    let builder = builder();
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async {
            // Above the bound, clients wait in the listen queue.
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            biased;
            () = &mut stop => break,
            next = next => next,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "connection not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let service = Arc::clone(&service);
        let watcher = connections.watcher();
        let builder = builder.clone();
        tokio::spawn(async move {
            let _slot = slot;
            serve_connection(stream, &builder, service, watcher).await;
        });
    }
    drop(listener);
    let seconds = u64::from(limits.stop_seconds_max.get());
    tokio::select! {
        () = connections.shutdown() => tracing::info!("stopped; every request was answered"),
        () = tokio::time::sleep(Duration::from_secs(seconds)) => {
            tracing::warn!(seconds, "stopped with requests unanswered: they took too long");
        }
    }
}

/// HTTP/1.1 has no timer of its own: how long a head may take is for [`Patient`] to say.
fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .header_read_timeout(None)
        .max_buf_size(HEADER_BYTES_MAX)
        .max_headers(HEADER_LINES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(HTTP2_STREAMS_MAX)
        .max_header_list_size(u32::try_from(HEADER_BYTES_MAX).unwrap_or(u32::MAX))
        .initial_connection_window_size(HTTP2_WINDOW_BYTES)
        .initial_stream_window_size(HTTP2_WINDOW_BYTES);
    builder
}

async fn serve_connection(
    stream: TcpStream,
    builder: &auto::Builder<TokioExecutor>,
    service: Arc<Service>,
    watcher: hyper_util::server::graceful::Watcher,
) {
    // An answer is small and complete: waiting for more to send only costs time.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY not set");
    }
    let peer = stream.peer_addr().ok().map(|address| address.ip());
    let requests = Requests::default();
    let seconds = u64::from(service.limits.request_seconds_max.get());
    let stream = Patient::new(stream, Duration::from_secs(seconds), requests.clone());
    let handle = service_fn(move |request: Request<Incoming>| {
        let service = Arc::clone(&service);
        let turn = requests.begin();
        async move {
            let _turn = turn;
            Ok::<_, std::convert::Infallible>(service.handle(request, peer).await)
        }
    });
    let connection = builder
        .serve_connection(TokioIo::new(stream), handle)
        .into_owned();
    if let Err(error) = watcher.watch(connection).await {
        // Clients that vanish or talk nonsense are everyday life.
        tracing::debug!(%error, "connection ended");
    }
}
