-- One row: the customers with consent to marketing by channel, on the last day of the report and on the day compared with.
select
    sum(case when day = $last then with_consent_email end) as email,
    sum(case when day = $since then with_consent_email end) as email_since,
    sum(case when day = $last then with_consent_sms end) as sms,
    sum(case when day = $since then with_consent_sms end) as sms_since,
    sum(case when day = $last then with_consent_push end) as push,
    sum(case when day = $since then with_consent_push end) as push_since,
    sum(case when day = $last then with_consent_ads end) as ads,
    sum(case when day = $since then with_consent_ads end) as ads_since
from marts.segment_daily
where segment_kind = 'lifecycle'
