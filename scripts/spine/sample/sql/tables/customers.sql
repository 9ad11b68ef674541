with named as (
    select
        *,
        country_of(number) as country,
        whole(number, 'won by', 6) as won_by
    from people
),

versioned as (
    select
        *,
        unnest(copies_of(number)) as version
    from named
)

select
    customer_name(number) as customer_id,
    email_of(person_number) as email,
    phone_of(person_number) as phone,
    first_name_of(person_number) as first_name,
    case when version <> 2 then last_name_of(person_number) end as last_name,
    case when chance(number, 'no country') >= 0.03 then country end as country,
    case country when 'DE' then 'de' when 'FR' then 'fr' when 'NL' then 'nl' when 'ES' then 'es' else 'en' end
        as language,
    case country
        when 'US' then ['America/New_York', 'America/Chicago', 'America/Los_Angeles'][1 + number % 3]
        when 'CA' then 'America/Toronto'
        when 'GB' then 'Europe/London'
        when 'DE' then 'Europe/Berlin'
        when 'FR' then 'Europe/Paris'
        when 'NL' then 'Europe/Amsterdam'
        else 'Europe/Madrid'
    end as timezone,
    case
        when chance(number, 'birthday known') < 0.7
            then date '1945-01-01' + whole(number, 'birth', 22000)::integer
    end as birth_date,
    case
        when order_count >= 40 then 'gold'
        when order_count >= 12 then 'silver'
        when order_count >= 1 then 'bronze'
    end as loyalty_tier,
    at_second(sign_up_second) as signed_up_at,
    ['organic', 'referral', 'email', 'paid_search', 'paid_social', 'affiliate'][1 + won_by]
        as acquisition_channel,
    case
        when won_by >= 3 then round(4 + 40 * chance(number, 'won at'), 2)::decimal(18, 2)
        when chance(number, 'cost known') < 0.5 then 0::decimal(18, 2)
    end as acquisition_cost,
    case
        when chance(person_number, 'attributes known') < 0.7 then json_object(
            'newsletter_topics', ['coffee', 'skincare', 'pet food', 'books'][1 + whole(person_number, 'topic', 4)],
            'household_size', 1 + whole(person_number, 'household', 5),
            'is_student', chance(person_number, 'student') < 0.12
        )::varchar
    end as attributes,
    at_second(loaded_second(sign_up_second, number, version)) as loaded_at,
    -- A column of this shop's own, which the contract does not know.
    case
        when chance(person_number, 'store known') < 0.6
            then ['Oslo', 'Bergen', 'Trondheim', 'Stavanger', 'Tromsø'][1 + whole(person_number, 'store', 5)]
    end as favourite_store
from versioned
order by customer_id, loaded_at, version
