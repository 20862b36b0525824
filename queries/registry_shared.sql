-- title: Sharing of the registry and of endpoints
-- group: Models
-- question: Who changed which other accounts may use a model package group or an endpoint?
-- param: name resource optional - part of the group's or endpoint's name
-- limit: 200
-- since: 90d
-- example: registry-shared since=90d
-- expect: actor=ingrid.solberg@example.com | resource=bank-marketing | call=PutModelPackageGroupPolicy | result=done
SELECT eventtime, actor, known_by, account, region, eventname AS call, resource,
    json_extract_scalar(requestparameters, '$.resourcePolicy') AS policy,
    result
FROM events
WHERE service = 'sagemaker' AND eventname IN (
        'PutModelPackageGroupPolicy', 'DeleteModelPackageGroupPolicy', 'PutEndpointPolicy', 'DeleteEndpointPolicy'
    )
    AND (:name = '' OR strpos(mentions, lower(:name)) > 0)
ORDER BY eventtime DESC
