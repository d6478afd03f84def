//! Writes specimens of every layout into a folder, for people to look at.

#[allow(
    dead_code,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "it is the tests' and lent"
)]
#[path = "../tests/it/support.rs"]
mod support;

use std::error::Error;
use std::path::PathBuf;

use support::{Tsa, filing_document, sealed, timestamp_document};
use tsa_filing::bundle::asic_s;
use tsa_filing::certificate::Press;

const HARD: &[&str] = &[
    "《软件著作权登记申请材料》第三版（终稿）— 审定后不再修改.docx",
    "a-very-long-file-name-without-any-blanks-that-nobody-would-ever-want-to-type-\
     0123456789-abcdefghijklmnopqrstuvwxyz.tar.gz",
    "emoji 😀👩‍👩‍👧 and 𠮷野家.png",
    "rtl \u{202e}gpj.exe עברית العربية.txt",
    "control \u{7}\u{1b}[31m\ttab\nnewline.log",
    "src/main/java/com/example/project/module/component/impl/\
     DefaultComponentFactoryProviderImpl.java",
    "生僻字 龘靐齉犇骉 㐂 𠀀.txt",
];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: specimens FOLDER")?;
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder)?;
    let tsa = Tsa::new();
    let many: Vec<String> = (0..400)
        .map(|index| format!("src/模块{}/文件{index:04}.rs", index % 7))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let mut long = support::manifest("code-filing", "RJ");
    long.title = "长标题".repeat(24);
    long.fields = (1..=45)
        .map(|number| support::field("registrant", &format!("第{number}号联合备案单位有限公司")))
        .collect();
    long.statement = "声明。".repeat(100);
    let long = support::document(&tsa, long, &["甲.txt", &"很长的文件名".repeat(700)]);
    let mut data = support::manifest("data-package", "CZ");
    data.title = "城市道路通行状态采样数据".to_owned();
    data.issuer = "数据知识产权存证平台".to_owned();
    data.notes.clear();
    data.fields = [
        ("unit", "杭州某某数据科技有限公司"),
        ("source", "自有路侧感知设备"),
        ("category", "城市管理"),
        ("records", "1,204,551 条"),
        (
            "fingerprint",
            "6850dae8abf8a796795a7eb360f80ec9e92e737429498b7f6a3b452314cd7819",
        ),
        ("chain", "印刻链（log.example/tsa）"),
        ("block", "检查点 18,446 · a3bf4c1184bb25ee8c7c970d7ad57b69"),
        ("stamped", "2026-11-22 22:15:03（北京时间）"),
        ("logged", "2026-11-22 22:15:09（北京时间）"),
    ]
    .map(|(key, value)| support::field(key, value))
    .to_vec();
    let data = support::document(&tsa, data, &["sample.parquet"]);
    let documents = [
        ("data", data),
        ("long", long),
        ("one", timestamp_document(&tsa, &["产品设计图.docx"])),
        (
            "three",
            timestamp_document(&tsa, &["产品设计图.docx", "需求说明书.pdf", "源代码.zip"]),
        ),
        ("hard", timestamp_document(&tsa, HARD)),
        (
            "filing",
            filing_document(&tsa, &["源代码.zip", "设计说明书.docx"]),
        ),
        ("many", filing_document(&tsa, &many)),
    ];
    let press = Press::new()?;
    for (name, document) in documents {
        let sealed = sealed(&press, &tsa, &document);
        std::fs::write(folder.join(format!("{name}.pdf")), sealed.pdf())?;
    }
    let content = b"one file";
    let token = tsa.token(&support::imprint(content));
    let out = std::fs::File::create(folder.join("one.asics"))?;
    asic_s(out, ("报告.txt", 8), &content[..], &token)?;
    Ok(())
}
