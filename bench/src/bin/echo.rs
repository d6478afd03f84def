//! The bare HTTP server: reads a body, answers a fixed one. What hyper and the kernel cost.
//!
//! `tsa-bench-echo BODY_FILE CONTENT_TYPE` listens on a port of the system's choice, which it
//! prints. The same runtime as the server's, hyper's HTTP/1.1 as it comes: no timers, no limits,
//! no second protocol.

use std::convert::Infallible;
use std::io::Write;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tsa_bench::Fault;

fn main() -> Result<(), Fault> {
    let mut arguments = std::env::args().skip(1);
    let body = arguments.next().ok_or("name the file of the answer")?;
    let body = Bytes::from(std::fs::read(body)?);
    let kind = HeaderValue::try_from(arguments.next().ok_or("name the type of the answer")?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut output = std::io::stdout();
        writeln!(output, "{}", listener.local_addr()?.port())?;
        output.flush()?;
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(serve(stream, body.clone(), kind.clone()));
        }
    })
}

async fn serve(stream: TcpStream, body: Bytes, kind: HeaderValue) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let handle = service_fn(move |request: Request<Incoming>| {
        let (body, kind) = (body.clone(), kind.clone());
        async move {
            // A body that breaks off gets an answer that nobody reads.
            let _ = request.into_body().collect().await;
            let mut response = Response::new(Full::new(body));
            response.headers_mut().insert(CONTENT_TYPE, kind);
            Ok::<_, Infallible>(response)
        }
    });
    // Clients that vanish are everyday life.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), handle)
        .await;
}
