//! The commands about accounts. All of them work beside a running server.

use serde_json::json;
use tsa_ledger::account::{Account, Movement};
use tsa_ledger::key::KeyInfo;
use tsa_ledger::{LedgerError, UnixMicros};

use crate::args::{AccountCommand, KeyCommand};
use crate::args_ledger::{
    AddKeyArguments, CreateArguments, GrantArguments, ListArguments, ShowArguments,
};
use crate::clock::wall_micros;
use crate::commands_ledger::{Done, with_ledger};
use crate::console::say;
use crate::http::api_time as shown;
use crate::ledger;

pub(crate) fn account(command: &AccountCommand) -> Done {
    match command {
        AccountCommand::Create(arguments) => create(arguments),
        AccountCommand::List(arguments) => list(arguments),
        AccountCommand::Show(arguments) => show(arguments),
        AccountCommand::Grant(arguments) => grant(arguments),
        AccountCommand::LowBalance(arguments) => with_ledger(&arguments.location, async |ledger| {
            let (name, credits) = (&arguments.name, arguments.credits);
            Ok(ledger.set_low_balance(name, credits).await?)
        }),
        AccountCommand::Key(KeyCommand::Add(arguments)) => add_key(arguments),
        AccountCommand::Key(KeyCommand::List(arguments)) => list_keys(arguments),
        AccountCommand::Key(KeyCommand::Revoke(arguments)) => {
            with_ledger(&arguments.location, async |ledger| {
                let (name, key) = (&arguments.name, arguments.key);
                Ok(ledger.revoke_key(name, key, wall_micros()).await?)
            })
        }
    }
}

fn create(arguments: &CreateArguments) -> Done {
    with_ledger(&arguments.location, async |ledger| {
        let (name, credits) = (&arguments.name, arguments.credits);
        let key = ledger::make_account(ledger, name, credits).await?;
        if arguments.sandbox {
            ledger.make_sandbox(name).await?;
        }
        if arguments.low_balance.get() > 0 {
            ledger.set_low_balance(name, arguments.low_balance).await?;
        }
        let (key, balance) = (key.reveal(), credits.get());
        if arguments.json {
            let account = name.as_str();
            let sandbox = arguments.sandbox;
            say(json!({
                "account": account, "api_key": key, "balance": balance, "sandbox": sandbox,
            }));
        } else {
            say(format!("account  {name}"));
            say(format!("balance  {balance}"));
            say(format!("api key  {key}"));
            say("The key is not kept and cannot be shown again.");
        }
        Ok(())
    })
}

fn list(arguments: &ListArguments) -> Done {
    with_ledger(&arguments.location, async |ledger| {
        let accounts = ledger.accounts().await.map_err(LedgerError::from)?;
        if arguments.json {
            let accounts: Vec<_> = accounts.iter().map(account_json).collect();
            say(json!(accounts));
        } else {
            accounts.iter().for_each(say_account);
        }
        Ok(())
    })
}

fn show(arguments: &ShowArguments) -> Done {
    with_ledger(&arguments.location, async |ledger| {
        let account = ledger.account(&arguments.name).await?;
        answer(&account, arguments.json);
        Ok(())
    })
}

fn grant(arguments: &GrantArguments) -> Done {
    with_ledger(&arguments.location, async |ledger| {
        let movement = match arguments.take_back {
            true => Movement::CorrectDown,
            false => Movement::Grant,
        };
        let (name, credits) = (&arguments.name, arguments.credits);
        let reference = arguments.reference.as_deref();
        ledger
            .move_credits(name, credits, movement, reference, wall_micros())
            .await?;
        let account = ledger.account(name).await?;
        answer(&account, arguments.json);
        Ok(())
    })
}

fn add_key(arguments: &AddKeyArguments) -> Done {
    with_ledger(&arguments.location, async |ledger| {
        let now = wall_micros();
        let day = 24 * 60 * 60 * UnixMicros::SECOND;
        let end = arguments.days.map(|days| UnixMicros(now.0 + days * day));
        let (name, scope) = (&arguments.name, arguments.scope);
        let key = ledger.add_key(name, scope, end, now).await?.reveal();
        if arguments.json {
            say(json!({ "account": name.as_str(), "api_key": key, "scope": scope.name() }));
        } else {
            say(format!("api key  {key}"));
            say("The key is not kept and cannot be shown again.");
        }
        Ok(())
    })
}

fn list_keys(arguments: &ShowArguments) -> Done {
    with_ledger(&arguments.location, async |ledger| {
        let keys = ledger.keys(&arguments.name).await?;
        if arguments.json {
            let keys: Vec<_> = keys.iter().map(key_json).collect();
            say(json!(keys));
        } else {
            keys.iter().for_each(say_key);
        }
        Ok(())
    })
}

fn answer(account: &Account, as_json: bool) {
    match as_json {
        true => say(account_json(account)),
        false => say_account(account),
    }
}

fn account_json(account: &Account) -> serde_json::Value {
    json!({
        "account": account.name,
        "balance": account.balance.get(),
        "granted": account.granted.get(),
        "spent": account.spent.get(),
        "low_balance": account.low_balance.get(),
        "sandbox": account.is_sandbox,
    })
}

fn say_account(account: &Account) {
    let (name, balance) = (&account.name, account.balance);
    let (granted, spent) = (account.granted, account.spent);
    let sandbox = if account.is_sandbox { "  TEST" } else { "" };
    say(format!(
        "{name}  balance {balance}  granted {granted}  spent {spent}{sandbox}"
    ));
}

fn key_json(key: &KeyInfo) -> serde_json::Value {
    json!({
        "key": key.id,
        "scope": key.scope.name(),
        "created_at": shown(key.created_at),
        "expires_at": key.expires_at.map(shown),
        "revoked_at": key.revoked_at.map(shown),
    })
}

fn say_key(key: &KeyInfo) {
    let made = shown(key.created_at);
    let mut line = format!("{}  {}  made {made}", key.id, key.scope.name());
    if let Some(end) = key.expires_at {
        line.push_str(&format!("  expires {}", shown(end)));
    }
    if let Some(end) = key.revoked_at {
        line.push_str(&format!("  revoked {}", shown(end)));
    }
    say(line);
}
