{% for trait in traits() -%}
select
    '{{ trait.name }}' as trait,
    {{ as_of_date() }} as as_of_date,
    '{{ trait.type }}' as trait_type,
    '{{ trait.unit }}' as unit,
    '{{ trait.description | replace("'", "''") | replace("\n", " ") | trim }}' as description
{% if not loop.last %}union all{% endif %}
{% endfor %}
