-- The thirty signals in DuckDB's SQL, the fastest of the plans that were tried.
--
-- $events: the Parquet files of events; $accounts: that of accounts; $day: the day number (days since 1970) of the
-- moment, whose midnight nothing later is known of. One statement after the other; the last one gives the table.
-- A feature is a bit, so that one row a user and day tells all features used: works for up to 64 features.

create temp table account as
select account_id, row_number() over ()::integer as a,
       $day - epoch_us(created_at) // 86400000000 as born, -- days since the account began, counted by midnights
       (($day * 86400000000 - epoch_us(created_at)) // 86400000000)::integer as tenure -- and whole days
from read_parquet($accounts)
where created_at < make_timestamptz($day * 86400000000);

-- Numbers for names: sorting, grouping and joining numbers is what makes the rest quick.
create temp table person as
select user_id, row_number() over ()::integer as u
from (select distinct user_id from read_parquet($events) where user_id is not null);

create temp table feature as
select event, (1::bigint << (row_number() over () - 1)) as bit,
       event in ('report_shared', 'export_finished', 'task_completed') as is_value, event = 'error_shown' as is_error
from (select distinct event from read_parquet($events));

-- A row an account, user and day; user 0 stands for events that name none. `ago` 1 is the day before the moment.
create temp table tile as
select a, coalesce(u, 0) as u, ($day - epoch_us(timestamp) // 86400000000)::smallint as ago,
       count(*)::integer as events, sum(quantity) as quantity, bit_or(bit) as features,
       count(*) filter (is_value)::integer as value_events, count(*) filter (is_error)::integer as error_events
from read_parquet($events)
join account using (account_id)
join feature using (event)
left join person using (user_id)
where received_at < make_timestamptz($day * 86400000000) and timestamp < make_timestamptz($day * 86400000000)
group by all;

-- A row a named user of an account.
create temp table member as
select a, u,
       min(ago) as last_ago, max(ago) as first_ago, min(ago) filter (value_events > 0) is not null as reached_value,
       sum(events) as ever,
       count(*) filter (ago <= 28) as days, count(*) filter (ago <= 7) as days_7,
       count(*) filter (ago between 29 and 56) as days_before,
       sum(events) filter (ago <= 28) as events,
       bit_or(features) filter (ago <= 28) as features
from tile
where u > 0
group by a, u;

create temp table of_members as
select a,
       count(*) filter (days > 0) as active_users, count(*) filter (days_7 > 0) as active_users_7d,
       count(*) filter (days_before > 0) as active_users_before,
       sum(days) as user_days,
       count(*) filter (days >= 20) as power_users,
       sum(bit_count(features)) as users_on_features,
       count(*) filter (days > 0 and first_ago <= 28) as new_users,
       count(*) filter (days = 0 and days_before > 0) as lost_users,
       count(*) filter (days > 0 and days_before = 0 and first_ago > 28) as returned_users,
       max(events) / sum(events) as busiest_user_share,
       count(*) filter (days > 0 and not reached_value) as stuck_users,
       avg(reached_value::integer) as activated_user_share,
       arg_max(last_ago, (ever, -last_ago)) - 1 as busiest_user_silent_days
from member
group by a;

-- A row an account and day.
create temp table daily as
select a, ago, sum(events) as events, sum(quantity) as quantity, bit_or(features) as features,
       sum(value_events) as value_events, sum(error_events) as error_events
from tile
group by a, ago;

create temp table of_days as
select a,
       count(*) filter (ago <= 28) as active_days_28d, count(*) filter (ago <= 7) as active_days_7d,
       count(*) filter (ago <= 84) as active_days_84d,
       min(ago) - 1 as days_since_last_event, max(ago) as first_ago,
       sum(events) filter (ago <= 28) as events, sum(events) filter (ago between 29 and 56) as events_before,
       sum(events) filter (ago <= 84) as events_84d,
       sum(quantity) filter (ago <= 28) as quantity,
       sum(value_events) filter (ago <= 28) as value_events,
       sum(error_events) filter (ago <= 84) as error_events_84d,
       bit_or(features) filter (ago <= 28) as features, bit_or(features) filter (ago > 28) as features_before
from daily
group by a;

-- Days of the last 12 weeks, each with the silent days before it.
create temp table of_gaps as
select a, median(step) as days_between_use, greatest(max(silent), min(ago) - 1) as longest_gap
from (
    select a, ago, previous - ago as step,
           greatest(coalesce(previous, least(84, born) + 1) - ago - 1, 0) as silent
    from (
        select a, ago, lag(ago) over (partition by a order by ago desc) as previous
        from daily
        where ago <= 84
    )
    join account using (a)
)
group by a;

-- The last 12 weeks that the account lived whole, as a list with the newest first.
create temp table of_weeks as
with week as (
    select a, week, coalesce(events, 0) as events
    from (select a, unnest(range(12)) as week, born from account)
    left join (
        select a, (ago - 1) // 7 as week, sum(events) as events from daily where ago <= 84 group by all
    ) using (a, week)
    where born >= 7 * (week + 1)
),
slope as (
    select a, median((ln(newer.events + 1) - ln(older.events + 1)) / (older.week - newer.week)) as events_slope
    from week as newer
    join week as older using (a)
    where older.week > newer.week
    group by a
)
select a, events_slope, volatility
from (
    select a, case when sum(events) > 0 then stddev_pop(events) / avg(events) end as volatility from week group by a
)
left join slope using (a);

create temp table top_feature as
select a, max(events) / sum(events) as top_feature_share
from (
    select account_id, event, count(*) as events
    from read_parquet($events)
    where received_at < make_timestamptz($day * 86400000000)
      and timestamp >= make_timestamptz(($day - 28) * 86400000000)
      and timestamp < make_timestamptz($day * 86400000000)
    group by all
)
join account using (account_id)
group by a;

select account_id,
       coalesce(active_users, 0) as active_users_28d,
       coalesce(active_users_7d, 0) as active_users_7d,
       coalesce(active_days_28d, 0) as active_days_28d,
       coalesce(active_days_7d, 0) as active_days_7d,
       coalesce(active_days_84d, 0) as active_days_84d,
       user_days / (nullif(active_users, 0) * 28) as stickiness_28d,
       case when active_users + active_users_before > 0 then power_users / nullif(active_users, 0) end
           as power_user_share_28d,
       days_between_use as days_between_use_84d,
       coalesce(days_since_last_event, tenure) as days_since_last_event,
       coalesce(events, 0) as events_28d,
       coalesce(quantity, 0) as quantity_28d,
       coalesce(value_events, 0) as value_events_28d,
       events / nullif(active_users, 0) as events_per_user_28d,
       coalesce(bit_count(features), 0) as features_used_28d,
       users_on_features / nullif(bit_count(features) * active_users, 0) as user_breadth_28d,
       top_feature_share as top_feature_share_28d,
       coalesce(bit_count(features & ~coalesce(features_before, 0)), 0) as new_features_28d,
       case when lived = 1 then ln((coalesce(active_users, 0) + 1) / (coalesce(active_users_before, 0) + 1)) end
           as active_users_trend_28d,
       ln((coalesce(events, 0) + 1) / (coalesce(events_before, 0) / lived + 1)) as events_trend_28d,
       events_slope,
       volatility,
       coalesce(longest_gap, least(tenure, 84)) as longest_silence_84d,
       coalesce(new_users, 0) as new_users_28d,
       coalesce(lost_users, 0) as lost_users_28d,
       coalesce(returned_users, 0) as returned_users_28d,
       busiest_user_share as busiest_user_share_28d,
       busiest_user_silent_days,
       stuck_users / nullif(active_users, 0) as stuck_user_share_28d,
       activated_user_share,
       100 * error_events_84d / nullif(events_84d, 0) as errors_per_100_events_84d
from (
    -- The part of the four weeks before the last four since the account began, or was first used.
    select *, case when days_lived >= 7 then days_lived / 28 end as lived
    from (
        select *, greatest(least(greatest(born, first_ago) - 28, 28), 0) as days_lived
        from account left join of_days using (a)
    )
)
left join of_members using (a)
left join of_gaps using (a)
left join of_weeks using (a)
left join top_feature using (a);
